import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderOf } from './benchmark-folder.ts';

/** Every source in the repository: examples, and the benchmarks of the conformance cases. */
const SOURCES = globSync('{examples,test/fixtures}/*/flowserv.{yaml,json}', { cwd: folderOf('') }).map(
  dirname,
);

describe('a source of this repository', () => {
  it.each(SOURCES)('has no problem and no warning: %s', async (source) => {
    expect(await checkSource(folderOf(source))).toEqual({ problems: [], warnings: [], ignored: 0 });
  });

  it('is found', () => expect(SOURCES.length).toBeGreaterThan(9));
});
