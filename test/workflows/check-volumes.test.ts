import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { checkVolumes } from '../../shared/workflows/check-volumes.ts';

const lab = {
  id: 'lab',
  type: 'fs' as const,
  args: { basedir: '/lab' },
  readOnly: false,
  privateFiles: false,
};
const workflow = parseSerialWorkflow({
  steps: [
    {
      name: 'score',
      files: { inputs: ['labels/'], outputs: ['results/'] },
      action: { environment: 'python:3.9', commands: ['true'] },
    },
  ],
});
const onLab = {
  workers: [{ name: 'w', type: 'docker', volume: 'lab' }],
  workflow: [{ step: 'score', worker: 'w' }],
};
const check = (config: object, { volumes = [lab], access = 'public' as 'public' | 'private' } = {}) =>
  checkVolumes(volumes, {
    template: {},
    workflows: [workflow],
    files: [{ path: 'secret.csv', access }],
    engine: parseEngineConfig(config),
  });

describe('the storage volumes of a workflow', () => {
  it('I29: must be those of the operator', () => {
    check(onLab);
    check({
      volumes: [
        { id: 'lab', files: ['labels/'] },
        { id: 'old', type: 'fs', args: {} },
      ],
    });
    expect(() => check(onLab, { volumes: [] })).toThrow(
      "workers[0].volume: unknown storage volume 'lab'; the operator configured none",
    );
    expect(() => check({ volumes: [{ id: 'x', files: ['labels/'] }] })).toThrow(
      "volumes: unknown storage volume 'x'; the operator configured lab",
    );
  });

  it('must not have files where a step leaves outputs', () => {
    for (const path of ['results/', 'results/a.csv']) {
      expect(() => check({ volumes: [{ id: 'lab', files: [path] }] })).toThrow('overlap; rename one of them');
    }
  });

  it('get nothing from steps with private files, unless the operator permits it', () => {
    expect(() => check(onLab, { access: 'private' })).toThrow(/may get the private file 'secret.csv'/);
    check(onLab, { access: 'private', volumes: [{ ...lab, readOnly: true }] });
    check(onLab, { access: 'private', volumes: [{ ...lab, privateFiles: true }] });
  });
});
