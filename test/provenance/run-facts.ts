import { createHash } from 'node:crypto';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import type { RunFacts } from '../../shared/provenance/facts.ts';
import type { RunDocument } from '../../shared/runs/documents/plan.ts';
import { plannedStep as anyStep } from '../engine/planned-step.ts';

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

type FactsChange = Omit<Partial<RunFacts>, 'run'> & { readonly run?: Partial<RunFacts['run']> };

/** Facts of a successful run without arguments and outputs. */
export const facts = (change: FactsChange = {}): RunFacts => ({
  supplied: [],
  files: [],
  uploads: [],
  values: undefined,
  document: undefined,
  ...change,
  run: {
    id: 'a'.repeat(32),
    workflowId: 'W',
    groupId: 'G',
    version: 'v1',
    machineArn: 'machine',
    state: 'SUCCESS',
    createdAt: '2026-01-01T00:00:00.000000+00:00',
    startedAt: '2026-01-01T00:00:01.000000+00:00',
    finishedAt: '2026-01-01T00:00:02.000000+00:00',
    fileSecret: 'secret-of-the-run',
    ...change.run,
  },
});

export const output = (path: string, content: string) => ({
  id: sha256Of(path).slice(0, 32),
  path,
  size: Buffer.byteLength(content),
  sha256: sha256Of(content),
});

export const upload = (id: string, path: string, content: string, name: string | null = path) => ({
  id,
  path,
  size: Buffer.byteLength(content),
  sha256: sha256Of(content),
  object: `w/W/groups/G/files/${id}`,
  name,
});

export const fileValue = (fileId: string) => ({ type: '$file', value: { fileId } });

export const plannedStep = (index: number, change: Partial<PlannedStep> = {}): PlannedStep =>
  anyStep(index, {
    ...{ name: `step${index}`, image: 'python:3.12', commands: ['echo "${FLOWSERV_ARG_x}"'] },
    ...{ variables: { x: 'value-of-a-variable' }, env: { TOKEN: 'secret-of-a-worker' } },
    ...change,
  });

export const runDocument = (
  steps: readonly PlannedStep[],
  change: Partial<RunDocument> = {},
): RunDocument => ({
  plan: { v: 1, steps, uploads: [], copies: [], outputs: [], resultFile: null },
  inputs: [],
  released: [],
  closed: [],
  declared: [],
  privateFiles: false,
  ...change,
});
