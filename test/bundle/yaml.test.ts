import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaOptions } from '../../infra/bundle/functions.ts';
import { parseYaml } from '../../shared/documents/yaml-document.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let bundled: { parseYaml: typeof parseYaml };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-yaml-'));
  await build({
    ...lambdaOptions(),
    entryPoints: [join(root, 'shared/documents/yaml-document.ts')],
    outdir: folder,
  });
  bundled = await import(pathToFileURL(join(folder, 'yaml-document.mjs')).href);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const outcome = (read: typeof parseYaml, text: string) => {
  try {
    return { value: read(text) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : error };
  }
};

/** Bundles contain the browser build of the YAML package, the sources use the one for Node.js: both must agree. */
describe('YAML in a bundle', () => {
  it.each([
    'examples/hello-world/benchmark.yaml',
    'examples/hello-world/flowserv.yaml',
    'test/fixtures/hello-world/template.yaml',
    'test/fixtures/hello-world-postproc/template.yaml',
  ])('has the same value as in the sources for %s', (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const { value } = outcome(bundled.parseYaml, text);
    expect(value).toEqual(expect.any(Object));
    expect(value).toEqual(parseYaml(text));
  });

  it.each([
    'a: &x [1, 2.5, 0o17, 1_000, .inf, ~, yes, 2001-12-14]\nb: *x\n<<: {c: 1}\n',
    'text: |\n  one\n  two\nfolded: >-\n  one\n  two\nquoted: "tab\\t \\u00e9 \\x41"\n',
    'a: [1, 2\n',
    'a: 1\na: 2\n',
    'a: !unknown 1\n',
    'a: !!binary SGVsbG8=\n',
    '\tindented: by a tab\n',
    'a: *missing\n',
    '"unterminated: 1\n',
    '',
  ])('has the same value or the same error as in the sources for %j', (text) => {
    expect(outcome(bundled.parseYaml, text)).toEqual(outcome(parseYaml, text));
  });
});
