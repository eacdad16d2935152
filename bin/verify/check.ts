import type { Need } from './needs.ts';
import type { World } from './world.ts';

/** Observations: figures and texts for the reader of the report. */
export type Evidence = Readonly<Record<string, unknown>>;

/** One assumption about AWS, and its test. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** The fact that is known if it passes, as a sentence. */
  readonly proves: string;
  readonly needs: readonly Need[];
  /** The longest time that it may take, including pulling images. */
  readonly minutes: number;
  /** @throws Disproved, or any other error; Unmet if it cannot run here */
  readonly run: (world: World) => Promise<Evidence>;
}

/** An assumption is wrong. */
export class Disproved extends Error {
  readonly evidence: Evidence;

  constructor(message: string, evidence: Evidence = {}) {
    super(message);
    this.name = 'Disproved';
    this.evidence = evidence;
  }
}

/** A check cannot run on this stage. */
export class Unmet extends Error {}

/** @throws Disproved unless the assumption holds */
export function hold(belief: boolean, complaint: string, evidence: Evidence = {}): asserts belief {
  if (!belief) throw new Disproved(complaint, evidence);
}
