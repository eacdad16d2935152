import type { Need } from './needs.ts';
import type { World } from './world.ts';

/** What was seen: figures and texts for who reads the report. */
export type Evidence = Readonly<Record<string, unknown>>;

/** One belief about AWS, and how it is put to the test. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** What is known when it has passed, as a sentence. */
  readonly proves: string;
  readonly needs: readonly Need[];
  /** The longest that it may take, images included. */
  readonly minutes: number;
  /** @throws Disproved, or whatever else goes wrong; Unmet when it cannot be run here */
  readonly run: (world: World) => Promise<Evidence>;
}

/** Something is not as it was believed to be. */
export class Disproved extends Error {
  readonly evidence: Evidence;

  constructor(message: string, evidence: Evidence = {}) {
    super(message);
    this.name = 'Disproved';
    this.evidence = evidence;
  }
}

/** A check that cannot be run on this stage. */
export class Unmet extends Error {}

/** @throws Disproved unless the belief holds */
export function hold(belief: boolean, complaint: string, evidence: Evidence = {}): asserts belief {
  if (!belief) throw new Disproved(complaint, evidence);
}
