import { describe, expect, it } from 'vitest';
import type { PythonValue } from '../../shared/documents/python-value.ts';
import { notebookCommand, notebookOutput } from '../../shared/engine/notebook.ts';
import type { NotebookAction } from '../../shared/engine/step-action.ts';

const action: NotebookAction = {
  kind: 'notebook',
  notebook: 'nb.ipynb',
  output: null,
  params: ['a', 'b'],
  requirements: [],
  mapping: [],
};
const commandWith = (context: Readonly<Record<string, PythonValue>>, more: Partial<NotebookAction> = {}) =>
  notebookCommand({ ...action, ...more }, new Map(Object.entries(context)));

describe('the command of a notebook', () => {
  it('I12: passes the parameters that have a value, and quotes strings', () => {
    expect(commandWith({ a: '1', b: 2 })).toBe('papermill nb.ipynb nb.out.ipynb -p a "1" -p b 2');
    expect(commandWith({ b: 2 })).toBe('papermill nb.ipynb nb.out.ipynb -p b 2');
    expect(commandWith({ c: 2 })).toBe('papermill nb.ipynb nb.out.ipynb');
  });

  it('uses the variable that a parameter is mapped to', () => {
    const mapping = [{ arg: 'a', var: 'x' }];
    expect(commandWith({ x: true, a: 1 }, { mapping })).toBe('papermill nb.ipynb nb.out.ipynb -p a True');
  });

  it.each([
    ['input.ipynb', 'given.ipynb', 'given.ipynb'],
    ['input.ipynb', null, 'input.out.ipynb'],
    ['input.nb', null, 'input.nb.out.ipynb'],
    ['', null, '.out.ipynb'],
  ])('I13: runs the notebook %j with output %j, and writes %j', (notebook, output, expected) => {
    expect(notebookOutput({ notebook, output })).toBe(expected);
  });
});
