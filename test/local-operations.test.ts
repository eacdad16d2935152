import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'local-aws/README.md'), 'utf8');
/** Operations of the services that are our own code; `local-aws/test/readme.test.ts` compares these rows with the code. */
const rows = readme.match(/^\| (?:Buckets|Objects|Multipart uploads|Operations) \|.*$/gm) ?? [];
const namesIn = (text: string): string[] => text.match(/\b(?:[A-Z][a-z]+){2}\w*/g) ?? [];
const supported = namesIn(rows.join('\n'));
const uncalled = readme.split('\n### Operations that the application does not call\n')[1]?.split('\n## ')[0];

const called = new Set(
  globSync('{bin,functions,infra,shared}/**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\b([A-Z]\w+)Command\b/g)].map(([, name]) => name),
  ),
);

it('the README of the local AWS lists the operations that the product does not call, and no others', () => {
  expect(supported.length).toBeGreaterThan(50);
  const listed = namesIn(uncalled ?? '').filter((name) => supported.includes(name));
  expect(listed.sort()).toEqual(supported.filter((name) => !called.has(name)).sort());
});
