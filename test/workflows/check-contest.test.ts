import { expect, it } from 'vitest';
import type { Problem } from '../../shared/documents/problem.ts';
import { checkContest } from '../../shared/workflows/check-contest.ts';

const results = {
  file: 'r.json',
  columns: [
    { name: 'score', label: 'Score', dtype: 'float', required: true },
    { name: 'count', label: 'Count', dtype: 'int', required: true },
  ],
  orderBy: [],
} as const;
const problemsOf = (decimals: Record<string, number>, schema: typeof results | undefined = results) => {
  const problems: Problem[] = [];
  const location = { path: '', problems };
  checkContest({ limits: {}, ranking: { entry: 'best', decimals } }, schema, undefined, location);
  return problems.map(({ message }) => message);
};

it('decimals are those of float columns of the template', () => {
  expect(problemsOf({ score: 3 })).toEqual([]);
  expect(problemsOf({ scores: 3, count: 1 })).toEqual([
    "'contest.ranking' of the manifest: decimals of 'scores', which is not a column of 'results'; did you mean 'score'?",
    "'contest.ranking' of the manifest: decimals of 'count', which is not a float column",
  ]);
});

it('a ranking needs results', () => {
  const problems: Problem[] = [];
  const location = { path: '', problems };
  checkContest({ limits: {}, ranking: { entry: 'best', decimals: {} } }, undefined, undefined, location);
  expect(problems).toHaveLength(1);
  checkContest({ limits: {} }, undefined, undefined, location);
  expect(problems).toHaveLength(1);
});

it('inputs of phases are private files in place of private files', () => {
  const files = [
    { path: 'labels/dev.csv', access: 'private' },
    { path: 'labels/test.csv', access: 'private' },
    { path: 'data/dev.csv', access: 'steps' },
  ] as const;
  const problemsOfInputs = (path: string, by: string) => {
    const problems: Problem[] = [];
    const phases = [{ id: 'test', name: 'Test', limits: {}, inputs: [{ path, by }] }];
    checkContest({ limits: {}, phases }, undefined, files, { path: '', problems });
    return problems.map(({ message }) => message);
  };
  expect(problemsOfInputs('labels/dev.csv', 'labels/test.csv')).toEqual([]);
  const start = "'contest.phases' of the manifest: inputs of phase 'test':";
  expect(problemsOfInputs('data/dev.csv', 'labels/test.csv')).toEqual([
    `${start} 'data/dev.csv' is not a private file; set 'access: private'`,
  ]);
  expect(problemsOfInputs('labels/dev.csv', 'data/dev.csv')).toEqual([
    `${start} 'data/dev.csv' is not a private file; set 'access: private'`,
  ]);
  expect(problemsOfInputs('labels/dev.csv', 'labels/tests.csv')).toEqual([
    `${start} 'labels/tests.csv' is not a static file; did you mean 'labels/test.csv'?`,
  ]);
});
