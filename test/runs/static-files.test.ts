import { describe, expect, it } from 'vitest';
import { type Specification, treeRules } from '../../shared/runs/static-files.ts';
import type { Root } from '../../shared/template/static-paths.ts';

const files = ['code/score.py', 'code/plot.py', 'data/names.txt', 'result.json'];
const workflow = (outputs: readonly string[], stepOutputs: readonly string[] = []) => ({
  files: { outputs },
  steps: [
    { name: 's', files: { outputs: stepOutputs }, action: { environment: 'python:3.9', commands: ['true'] } },
  ],
});
const rulesOf = (parts: Pick<Specification, 'workflow' | 'outputs' | 'resultFile'>, root: Root = []) =>
  treeRules({ ...parts, staticFiles: files, privateFiles: [], root });
const released = (outputs: readonly string[], stepOutputs: readonly string[] = []) =>
  rulesOf({ workflow: workflow(outputs, stepOutputs), outputs: [], resultFile: null }).released;

describe('the files that steps may change', () => {
  it('include the static files that the workflow or a step names as outputs', () => {
    expect(released(['results/x.txt'])).toEqual([]);
    expect(released(['data/names.txt'])).toEqual(['data/names.txt']);
    expect(released([], ['code/'])).toEqual(['code/score.py', 'code/plot.py']);
    expect(released(['./data//names.txt'])).toEqual(['data/names.txt']);
  });

  it('include those that the template keeps', () => {
    const outputs = [{ source: 'data/', key: 'data' }];
    const template = { workflow: workflow([]), outputs, resultFile: 'result.json' };
    expect(rulesOf(template).released).toEqual(['data/names.txt', 'result.json']);
  });

  it('exclude those that only an argument names', () => {
    expect(released(['$[[report]]', 'code/$[[name]].py'], ['$[[folder ? code/ : data/]]'])).toEqual([]);
  });
});

describe('the locations where a step may leave files', () => {
  const scored = {
    workflow: workflow(['data/x.txt', '$[[report]]'], ['work/']),
    outputs: [],
    resultFile: 'result.json',
  };

  it('exclude the folders of static files', () => {
    expect(rulesOf(scored).closed).toEqual(['/startup', 'code', 'data']);
    expect(rulesOf(scored, 'closed').closed).toEqual(['']);
  });

  it('include in those folders what the template itself declares', () => {
    expect(rulesOf(scored).declared).toEqual(['data/x.txt', 'work/', 'result.json']);
  });
});
