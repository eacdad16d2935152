import { describe, expect, it } from 'vitest';
import { checkTemplate } from '../../shared/workflows/check-template.ts';

const template = (action: unknown, more: object = {}) => ({
  workflow: { parameters: { x: '$[[x]]' }, steps: [{ name: 's', action }] },
  parameters: [
    { name: 'own', dtype: 'actor' },
    { name: 'x', dtype: 'string' },
  ],
  ...more,
});
const config = {
  workers: [{ name: 'w', type: 'docker', gpu: true }],
  workflow: [{ step: 's', worker: 'w' }],
};
const problems = (document: object, given: object = config) =>
  checkTemplate(document, { config: given }).problems.map((problem) =>
    problem.kind === 'invalid' ? problem.code : '',
  );

describe('a step with a GPU', () => {
  it('is accepted if only the organiser decides what it runs', () => {
    expect(problems(template({ environment: 'pytorch/pytorch', commands: ['train "${x}"'] }))).toEqual([]);
  });

  it.each([
    ['a notebook', false, []],
    ['a notebook with a GPU', true, ['workflow.gpu']],
  ])('is judged by the worker alone if the participant may supply %s', (_, gpu, expected) => {
    const workers = [{ name: 'w', type: 'notebook', image: 'i', gpu }];
    expect(problems(template('$[[own]]'), { ...config, workers })).toEqual(expected);
  });

  it.each([
    ['the participant supplies it', template('$[[own]]')],
    ['an argument chooses its image', template({ environment: '$[[x]]', commands: ['train'] })],
    [
      'its commands paste arguments',
      { ...template({ environment: 'a', commands: ['train ${x}'] }), expansion: 'text' },
    ],
  ])('is rejected when %s', (_, document) => {
    const { expansion, ...rest } = { expansion: undefined, ...document };
    const given = expansion ? { ...rest, workflow: { ...rest.workflow, expansion } } : rest;
    expect(problems(given)).toContain('workflow.gpu');
  });

  it('is rejected if it runs a file of an argument, with and without private files', () => {
    const document = template(
      { environment: 'pytorch/pytorch', commands: ['python3 train.py'] },
      {
        parameters: [
          { name: 'program', dtype: 'file', target: 'train.py' },
          { name: 'x', dtype: 'string' },
        ],
      },
    );
    const own = { path: 'train.py', access: 'steps' as const };
    const codes = (files: readonly (typeof own)[]) =>
      checkTemplate(document, { config, files }).problems.map((problem) =>
        problem.kind === 'invalid' ? problem.code : '',
      );
    expect(codes([])).toContain('workflow.gpu');
    const fixed = { ...document, parameters: [{ name: 'x', dtype: 'string' }] };
    expect(checkTemplate(fixed, { config, files: [own] }).problems).toEqual([]);
  });
});
