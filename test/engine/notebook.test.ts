import { describe, expect, it } from 'vitest';
import { notebookOutput } from '../../shared/engine/notebook.ts';

describe('the output of a notebook', () => {
  it.each([
    ['input.ipynb', 'given.ipynb', 'given.ipynb'],
    ['input.ipynb', null, 'input.out.ipynb'],
    ['input.nb', null, 'input.nb.out.ipynb'],
    ['', null, '.out.ipynb'],
  ])('I13: runs the notebook %j with output %j, and writes %j', (notebook, output, expected) => {
    expect(notebookOutput({ notebook, output })).toBe(expected);
  });
});
