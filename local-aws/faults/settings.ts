/**
 * Kinds of faults: behaviour of AWS that a single host does not show.
 * - `index`: global secondary indexes show a write up to 3 s late;
 * - `conflicts`: writes conflict with another transaction on the same item;
 * - `hidden`: state machines, executions and task definitions cannot be found for up to 3 s after their creation;
 * - `events`: events get lost, or arrive twice, late and in another order. Calls with messages of queues and calls of
 *   schedules also arrive twice, late and in another order, but are never lost;
 * - `spot`: tasks on `FARGATE_SPOT` are interrupted within a second.
 */
export const faultKinds = ['index', 'conflicts', 'hidden', 'events', 'spot'] as const;
/** One of `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number];

/** The faults that a stack injects. */
export interface FaultSettings {
  readonly kinds: ReadonlySet<FaultKind>;
  /** A whole number; the same one gives the same decisions in the same order. */
  readonly seed: number;
}

/**
 * Parses the settings of fault injection.
 *
 * @param text kinds separated by commas, or `all`; empty for none
 * @param seed a whole number; 1 by default
 * @throws Error with a message that lists the valid values
 */
export function parseFaults(text: string | undefined, seed: string | undefined): FaultSettings | undefined {
  if (!text) return undefined;
  const wanted = text.split(',').map((kind) => kind.trim());
  const kinds = new Set(wanted.flatMap((kind) => (kind === 'all' ? faultKinds : [knownKind(kind)])));
  const number = Number(seed || 1);
  if (!Number.isSafeInteger(number))
    throw new Error(`the seed of faults must be a whole number, not '${seed}'`);
  return { kinds, seed: number };
}

function knownKind(name: string): FaultKind {
  const kind = faultKinds.find((known) => known === name);
  if (kind) return kind;
  throw new Error(`'${name}' is not a kind of fault; choose from ${faultKinds.join(', ')} or all`);
}
