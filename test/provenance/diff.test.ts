import { describe, expect, it } from 'vitest';
import { diffRuns } from '../../shared/provenance/diff.ts';
import type { RunFacts } from '../../shared/provenance/facts.ts';
import { facts, fileValue, output, sha256Of, upload } from './run-facts.ts';

const SCHEMA = {
  file: 'result.json',
  columns: [{ name: 'score', label: 'Score', dtype: 'float' as const, required: true }],
  orderBy: [],
};

const diff = (first: RunFacts, second: RunFacts) =>
  JSON.parse(JSON.stringify(diffRuns({ facts: first, schema: SCHEMA }, { facts: second, schema: SCHEMA })));

describe('the difference of two runs', () => {
  it('is empty for a run and itself', () => {
    const run = facts({
      supplied: [{ name: 'x', value: 1 }],
      files: [output('a', 'b')],
      values: { score: 1 },
    });
    expect(diff(run, run)).toMatchObject({
      sameVersion: true,
      arguments: [],
      images: [],
      files: [],
      results: [],
      omitted: 0,
    });
  });

  it('lists arguments that changed, were added or are missing, and no equal ones', () => {
    const first = facts({
      supplied: [
        { name: 'same', value: { b: 1, a: [1, 2] } },
        { name: 'x', value: 'one' },
        { name: 'gone', value: true },
      ],
    });
    const second = facts({
      supplied: [
        { name: 'same', value: { a: [1, 2], b: 1 } },
        { name: 'x', value: 'two' },
        { name: 'new', value: 0 },
      ],
    });
    expect(diff(first, second).arguments).toEqual([
      { name: 'x', first: 'one', second: 'two' },
      { name: 'gone', first: true, second: null },
      { name: 'new', first: null, second: 0 },
    ]);
  });

  it('compares uploads by name and content, not by id, wherever they are in a value', () => {
    const of = (id: string, content: string) =>
      facts({
        supplied: [
          { name: 'data', value: fileValue(id) },
          { name: 'list', value: [{ file: fileValue(id) }] },
        ],
        uploads: [upload(id, 'names.txt', content)],
      });
    expect(diff(of('1', 'Ann'), of('2', 'Ann')).arguments).toEqual([]);
    const changed = diff(of('1', 'Ann'), of('2', 'Eve')).arguments;
    const side = (content: string) => ({
      file: 'names.txt',
      path: 'names.txt',
      sha256: sha256Of(content),
      size: 3,
    });
    expect(changed).toEqual([
      { name: 'data', first: side('Ann'), second: side('Eve') },
      { name: 'list', first: [{ file: side('Ann') }], second: [{ file: side('Eve') }] },
    ]);
  });

  it('represents a long value by its length and digest', () => {
    const of = (value: string) => facts({ supplied: [{ name: 'x', value }] });
    const long = 'a'.repeat(5000);
    const [change] = diff(of(long), of('short')).arguments;
    expect(change).toEqual({
      name: 'x',
      first: { characters: 5002, sha256: sha256Of(JSON.stringify(long)) },
      second: 'short',
    });
  });

  it('lists the steps that took outputs of another run', () => {
    const taken = facts({
      run: {
        reuse: [
          { step: 'a', runId: 'r' },
          { step: 'b', reason: 'x' },
        ],
      },
    });
    expect(diff(facts(), taken).reuse).toEqual([{ name: 'a', first: null, second: { runId: 'r' } }]);
    expect(diff(taken, taken).reuse).toEqual([]);
  });

  it('lists images by step, files by path and values by column', () => {
    const image = (digit: string) => ({ step: 's', image: 'python', digest: `sha256:${digit.repeat(64)}` });
    const first = facts({
      run: { images: [image('1'), image('2')] },
      files: [output('a', '1'), output('b', '1'), output('c', '1')],
      values: { score: 1 },
    });
    const second = facts({
      run: { images: [image('1'), image('3')] },
      files: [output('b', '22'), output('c', '1'), output('d', '1')],
      values: { score: 2 },
    });
    const found = diff(first, second);
    expect(found.images).toEqual([
      {
        name: 's (2)',
        first: { image: 'python', digest: `sha256:${'2'.repeat(64)}` },
        second: { image: 'python', digest: `sha256:${'3'.repeat(64)}` },
      },
    ]);
    expect(found.files).toEqual([
      { name: 'a', first: { size: 1, sha256: sha256Of('1') }, second: null },
      { name: 'b', first: { size: 1, sha256: sha256Of('1') }, second: { size: 2, sha256: sha256Of('22') } },
      { name: 'd', first: null, second: { size: 1, sha256: sha256Of('1') } },
    ]);
    expect(found.results).toEqual([{ name: 'score', first: 1, second: 2 }]);
  });

  it('says whether both runs used the same version, and never shows the secret of a run', () => {
    const other = diff(facts(), facts({ run: { version: 'v2' } }));
    expect(other.sameVersion).toBe(false);
    expect(JSON.stringify(other)).not.toContain('secret');
  });

  it('lists a thousand differences of a kind and counts the others', () => {
    const many = facts({ files: Array.from({ length: 1500 }, (_, index) => output(`${index}`, 'x')) });
    const found = diff(facts(), many);
    expect([found.files.length, found.omitted]).toEqual([1000, 500]);
  });
});
