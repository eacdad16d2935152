import { describe, expect, it } from 'vitest';
import { checkTemplate } from '../../shared/workflows/check-template.ts';

const step = (name: string, files?: object) => ({
  name,
  ...(files && { files }),
  action: { environment: 'i:1', commands: ['true'] },
});
const warningsOf = (steps: readonly object[]) =>
  checkTemplate({ workflow: { parallel: 'inferred', steps } }).warnings.map(({ code }) => code);

describe('parallel: inferred', () => {
  it.each([
    ['no step lists its files', [step('a'), step('b'), step('c')]],
    [
      'each step needs the one before it',
      ['a', 'b', 'c'].map((name) => step(name, { inputs: ['x'], outputs: ['x'] })),
    ],
    [
      'independent steps do not follow each other',
      [
        step('a', { inputs: [], outputs: ['a'] }),
        step('b'),
        step('c', { inputs: [], outputs: ['c'] }),
        step('d'),
      ],
    ],
  ])('causes a warning if %s', (_what, steps) => {
    expect(warningsOf(steps)).toEqual(['parallel.nothing']);
  });

  it('causes none if some steps can run at the same time', () => {
    const files = (path: string) => ({ inputs: [], outputs: [path] });
    expect(warningsOf([step('a', files('a')), step('b', files('b')), step('c')])).toEqual([]);
  });
});
