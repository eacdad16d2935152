import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WARNING_CODES } from '../../shared/template/template-warnings.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

it('documents the code of every warning', () => {
  const [, section = ''] = read('docs/templates.md').split('\n## Warnings of a source\n');
  const rows = [...section.matchAll(/^\| `([a-z]+\.[a-z]+)` \|/gm)].map(([, code]) => code);
  expect(rows).toEqual([...WARNING_CODES]);
});

it('lists no unused code of a warning', () => {
  const sources = globSync('shared/**/*.ts', { cwd: root, exclude: ['**/template-warnings.ts'] })
    .map(read)
    .join('\n');
  const own = ['code.unknown', 'key.unknown'];
  expect(WARNING_CODES.filter((code) => !own.includes(code) && !sources.includes(`'${code}'`))).toEqual([]);
});
