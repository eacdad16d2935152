import { Readable } from 'node:stream';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import type { RemoteInput, RemoteRun } from '../../shared/remote-engines/contract.ts';
import { plannedStep, runDocument } from '../provenance/run-facts.ts';

/** An input of a run with a text. */
export const input = (path: string, content: string): RemoteInput => ({
  path,
  size: Buffer.byteLength(content),
  open: async () => Readable.from([Buffer.from(content)]),
});

/** A step without variables. */
export const step = (index: number, commands: readonly string[], change: Partial<PlannedStep> = {}) =>
  plannedStep(index, { commands, variables: {}, env: {}, ...change });

let runs = 0;

/** A run with an id of its own, which keeps `result.json`. */
export function runOf(
  steps: readonly PlannedStep[],
  inputs: readonly RemoteInput[] = [],
  outputs = ['out/'],
): RemoteRun {
  const { plan } = runDocument(steps);
  runs += 1;
  return {
    runId: String(runs).padStart(32, '0'),
    plan: { ...plan, outputs, resultFile: 'result.json' },
    inputs,
  };
}
