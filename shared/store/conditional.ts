/** Raised when a condition of a single write, or of one action of a transaction, does not hold. */
export class ConditionFailed extends Error {
  /** Positions of the actions whose condition failed; `[0]` for a single write. */
  readonly actions: readonly number[];

  constructor(actions: readonly number[], cause: unknown) {
    super(`condition of action ${actions.join(', ')} does not hold`, { cause });
    this.name = 'ConditionFailed';
    this.actions = actions;
  }
}

/**
 * Makes a write that is to be left out where its condition does not hold.
 *
 * @returns what the write gives, or undefined when it was left out
 */
export async function conditionally<T>(write: Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await write };
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}
