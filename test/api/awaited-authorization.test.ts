import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('every check of an access is awaited, so that nothing happens before its decision', () => {
  const calls = globSync('shared/{api/operations,groups,api/wes,members}/**/*.ts', { cwd: ROOT }).flatMap(
    (path) =>
      readFileSync(join(ROOT, path), 'utf8')
        .split('\n')
        .filter((line) => /\b(authorize|mayAlso|findOwnRun|ownWorkflow)\(/.test(line))
        .filter((line) => !/^(export )?async function /.test(line.trim()))
        .map((line) => `${path}: ${line.trim()}`),
  );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter((call) => !/await (authorize|mayAlso|findOwnRun|ownWorkflow)\(/.test(call))).toEqual(
    [],
  );
});
