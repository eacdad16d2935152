import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { functionNames } from '../../../infra/functions.ts';
import { keptBundles } from '../../../infra/local/bundles.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-bundles-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('bundles of the current sources are created once, and others are removed', async () => {
  const left = ['bundles of other sources', 'interrupted.new'].map((name) => join(folder, name));
  for (const path of left) mkdirSync(path);

  const made = await keptBundles(folder);
  const madeAt = functionNames.map((name) => statSync(join(made, name, 'index.mjs')).mtimeMs);
  const again = await keptBundles(folder);

  expect(again).toBe(made);
  expect(functionNames.map((name) => statSync(join(again, name, 'index.mjs')).mtimeMs)).toEqual(madeAt);
  expect(readdirSync(folder)).toEqual([basename(made)]);
  expect(left.filter((path) => existsSync(path))).toEqual([]);
}, 120_000);
