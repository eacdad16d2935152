import { describe, expect, it } from 'vitest';
import { releasedFiles } from '../../shared/runs/static-files.ts';

const files = ['code/score.py', 'code/plot.py', 'data/names.txt', 'result.json'];
const workflow = (outputs: readonly string[], stepOutputs: readonly string[] = []) => ({
  files: { outputs },
  steps: [
    { name: 's', files: { outputs: stepOutputs }, action: { environment: 'python:3.9', commands: ['true'] } },
  ],
});
const released = (outputs: readonly string[], stepOutputs: readonly string[] = []) =>
  releasedFiles({ workflow: workflow(outputs, stepOutputs), outputs: [], resultFile: null }, files);

describe('releasedFiles', () => {
  it('are the static files that the workflow or a step names as outputs', () => {
    expect(released(['results/x.txt'])).toEqual([]);
    expect(released(['data/names.txt'])).toEqual(['data/names.txt']);
    expect(released([], ['code/'])).toEqual(['code/score.py', 'code/plot.py']);
    expect(released(['./data//names.txt'])).toEqual(['data/names.txt']);
  });

  it('are those that the template keeps', () => {
    const outputs = [{ source: 'data/', key: 'data' }];
    const template = { workflow: workflow([]), outputs, resultFile: 'result.json' };
    expect(releasedFiles(template, files)).toEqual(['data/names.txt', 'result.json']);
  });

  it('are none that an argument names', () => {
    expect(released(['$[[report]]', 'code/$[[name]].py'], ['$[[folder ? code/ : data/]]'])).toEqual([]);
  });
});
