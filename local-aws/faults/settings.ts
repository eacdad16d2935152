/**
 * What AWS does and a single machine does not, by kind:
 * - `index`: global secondary indexes show a write up to 3 s late;
 * - `conflicts`: writes meet another transaction on the same item;
 * - `hidden`: state machines, executions and task definitions cannot be found for up to 3 s after they were made;
 * - `events`: events get lost, come twice, late and in another order, and so do calls with messages of queues
 *   and of schedules, which are never lost.
 */
export const faultKinds = ['index', 'conflicts', 'hidden', 'events'] as const;
/** One of `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number];

/** The faults that a stack is asked for. */
export interface FaultSettings {
  readonly kinds: ReadonlySet<FaultKind>;
  /** A whole number; the same one gives the same decisions in the same order. */
  readonly seed: number;
}

/**
 * Reads the faults that a stack is asked for.
 *
 * @param text kinds with commas between them, or `all`; empty for none
 * @param seed a whole number; 1 when it is not given
 * @throws Error with a sentence that names what can be given
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
  throw new Error(`'${name}' is no kind of fault; choose among ${faultKinds.join(', ')} or all`);
}
