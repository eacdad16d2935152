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
  checkContest({ limits: {}, ranking: { entry: 'best', decimals } }, schema, { path: '', problems });
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
  checkContest({ limits: {}, ranking: { entry: 'best', decimals: {} } }, undefined, location);
  expect(problems).toHaveLength(1);
  checkContest({ limits: {} }, undefined, location);
  expect(problems).toHaveLength(1);
});
