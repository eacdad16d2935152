import type { RunCrateSource } from '../../shared/provenance/run-crate.ts';
import { STANDARD_PARTICIPATION } from '../../shared/template/participation.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import type { StaticFile, WorkflowVersion } from '../../shared/workflows/version.ts';
import { facts, fileValue, output, plannedStep, runDocument, sha256Of, upload } from './run-facts.ts';

/** A run of a workflow with an upload, a default value, two outputs and a ranked value. */
export const TEMPLATE = parseTemplate({
  workflow: {
    files: { outputs: ['result.json'] },
    steps: [
      {
        name: 'score',
        action: {
          environment: 'python:3.12',
          commands: ['python truth/score.py $[[data]]'],
          env: { TOKEN: 'secret-of-a-step' },
        },
      },
    ],
  },
  parameters: [
    { name: 'data', dtype: 'file', target: 'data/in.txt', label: 'Data' },
    { name: 'count', dtype: 'int', defaultValue: 3 },
    { name: 'note', dtype: 'string', isRequired: false },
  ],
  outputs: [{ source: 'result.json', key: 'result', title: 'The result' }],
  results: { file: 'result.json', schema: [{ name: 'score', label: 'Score', dtype: 'float' }] },
});

export const file = (path: string, access: StaticFile['access']): StaticFile => ({
  path,
  size: 7,
  sha256: sha256Of(path),
  mode: 0o644,
  access,
});
export const version = (files: readonly StaticFile[] = []): WorkflowVersion => ({
  id: 'v1',
  number: 1,
  rankedSince: 1,
  template: TEMPLATE,
  config: { workers: [{ name: 'w', env: { KEY: 'secret-of-a-worker' } }] },
  ignorePostproc: false,
  engine: null,
  files,
  participantConfig: null,
  participation: STANDARD_PARTICIPATION,
  contest: null,
  machine: 'machine',
  postprocMachine: null,
});
export const entry = { id: 'W', name: 'Words', description: 'Counts words', instructions: null };

export const source = (change: Partial<RunCrateSource> = {}): RunCrateSource => ({
  facts: facts({
    supplied: [{ name: 'data', value: fileValue('f1') }],
    uploads: [upload('f1', 'data/in.txt', 'Ann', 'names.txt')],
    files: [output('result.json', '{"score": 1}'), output('a b#c/ü.txt', 'x')],
    values: { score: 1 },
    document: runDocument([plannedStep(0, { name: 'score' })]),
  }),
  entry,
  version: version(),
  group: { name: 'Team Ann' },
  parameters: TEMPLATE.parameters,
  ...change,
});
