import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checks } from '../../bin/verify/checks.ts';

const text = readFileSync(new URL('../../docs/unproven.md', import.meta.url), 'utf8');

/** Ids in the last column of the tables, where each assumption has its checks. */
const named = text
  .split('\n')
  .filter((line) => /^\| (?!Assumption|---)/.test(line))
  .flatMap((line) => [...(line.split('|').at(-2) ?? '').matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)])
  .map(([, id = '']) => id);

it('docs/unproven.md and the list of checks name the same checks', () => {
  const ids = checks.map(({ id }) => id);
  expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  expect(checks.map(({ id }) => id).filter((id) => !named.includes(id))).toEqual([]);
});

it('docs/unproven.md names a check in every line of its tables', () => {
  const lines = text.split('\n').filter((line) => /^\| (?!Assumption|---)/.test(line));
  for (const line of lines) expect(line.split('|').at(-2)).toMatch(/`[a-z]+(-[a-z]+)*`/);
});

it('docs/unproven.md has examples with existing checks', () => {
  const examples = [...text.matchAll(/--only ([a-z-]+)/g)].map(([, id]) => id);
  const ids = checks.map(({ id }) => id);
  for (const id of examples) expect(ids).toContain(id);
});
