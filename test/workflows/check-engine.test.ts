import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import type { FileAccess } from '../../shared/template/file-access.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { checkEngine } from '../../shared/workflows/check-engine.ts';

const engine = { kind: 'reana', url: 'https://reana.example.org', tokenFile: '/token' } as const;
const engines = [
  { ...engine, id: 'cern', privateFiles: false },
  { ...engine, id: 'trusted', privateFiles: true },
];

/** Checks a workflow with one step. */
function check(
  action: unknown,
  {
    parameters = [],
    access,
    id = 'cern',
    worker = {},
  }: { parameters?: object[]; access?: FileAccess; id?: string; worker?: object } = {},
): void {
  const workflow = { steps: [{ name: 'score', action }] };
  const template = parseTemplate({ workflow, parameters });
  const files = access ? [{ path: 'secret/truth.json', access }] : [];
  const config = parseEngineConfig({
    workers: [{ name: 'w', type: 'docker', ...worker }],
    workflow: [{ step: 'score', worker: 'w' }],
  });
  checkEngine(engines, id, { template, workflow: parseSerialWorkflow(workflow), files, config });
}
const plain = { environment: 'alpine:3', commands: ['ls'] };

describe('a workflow for a remote engine', () => {
  it('may have container steps of the organiser', () => {
    expect(() => check(plain)).not.toThrow();
  });

  it('is rejected for an engine that is not configured', () => {
    expect(() => check(plain, { id: 'other' })).toThrow(
      "the engine 'other' is not configured; these are: cern, trusted",
    );
  });

  it.each([
    ['an actor step', '$[[code]]', { name: 'code', dtype: 'actor' }],
    [
      'a step that runs an uploaded file',
      { environment: 'alpine:3', commands: ['sh code/run.sh'] },
      { name: 'code', dtype: 'file', target: 'code/run.sh' },
    ],
    ['an image of an argument', { environment: '$[[i]]', commands: ['ls'] }, { name: 'i', dtype: 'string' }],
  ])("is rejected with %s, which may run a participant's code", (_, action, parameter) => {
    expect(() => check(action, { parameters: [parameter] })).toThrow(
      /cannot run step 'score': it may run a participant's code/,
    );
  });

  it('is rejected with a code step', () => {
    expect(() => check({ func: 'm.f' })).toThrow(/code and notebook steps/);
  });

  it('is rejected with a GPU, and may have workers with other settings', () => {
    expect(() => check(plain, { worker: { gpu: true } })).toThrow(
      /only the stage's own tasks can have a GPU/,
    );
    expect(() => check(plain, { worker: { spot: true, network: true, cpu: 2 } })).not.toThrow();
  });

  it('is rejected with private files, unless the setting of the engine allows them', () => {
    expect(() => check(plain, { access: 'private' })).toThrow(
      /must not get the private file 'secret\/truth.json'/,
    );
    expect(() => check(plain, { access: 'private', id: 'trusted' })).not.toThrow();
    expect(() => check(plain, { access: 'steps' })).not.toThrow();
  });
});
