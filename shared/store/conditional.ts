/** Thrown when a condition of a single write, or of one action of a transaction, fails. */
export class ConditionFailed extends Error {
  /** Positions of the actions whose condition failed; `[0]` for a single write. */
  readonly actions: readonly number[];

  constructor(actions: readonly number[], cause: unknown) {
    super(`condition of action ${actions.join(', ')} failed`, { cause });
    this.name = 'ConditionFailed';
    this.actions = actions;
  }
}

/**
 * Awaits a write that is skipped if its condition fails.
 *
 * @returns the result of the write, or undefined when it was skipped
 */
export async function conditionally<T>(write: Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await write };
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}
