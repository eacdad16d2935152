import { expect, it } from 'vitest';
import { firstTree } from '../../shared/broker/tree.ts';
import type { RunDocument } from '../../shared/runs/documents/plan.ts';
import type { FileAccess } from '../../shared/template/file-access.ts';
import type { StaticFile } from '../../shared/workflows/version.ts';

const DIGESTS = { open: 'a'.repeat(64), dev: 'b'.repeat(64), test: 'c'.repeat(64) };
const staticFile = (path: string, sha256: string, access: FileAccess): StaticFile => ({
  path,
  sha256,
  access,
  mode: 0o644,
  size: path.length,
});
const FILES = [
  staticFile('open', DIGESTS.open, 'steps'),
  staticFile('labels/dev', DIGESTS.dev, 'private'),
  staticFile('labels/test', DIGESTS.test, 'private'),
];

/** The files that a step gets in a phase in which one file replaces another, by path. */
function filesGiven(path: string, by: string, withPrivate: boolean) {
  const document: RunDocument = {
    plan: { v: 1, steps: [], uploads: [], copies: [], outputs: [], resultFile: null },
    inputs: [],
    released: [],
    closed: [],
    declared: [],
    privateFiles: true,
    replaced: [{ path, by }],
  };
  const tree = firstTree(FILES, document, withPrivate);
  return Object.fromEntries(tree.flatMap((entry) => (entry.type === 'file' ? [[entry.path, entry]] : [])));
}

it('a private file of a phase replaces another one, for steps that get private files only', () => {
  const given = filesGiven('labels/dev', 'labels/test', true);
  const content = { sha256: DIGESTS.test, size: 11, source: { kind: 'input', id: 's2' } };
  expect(given['labels/dev']).toMatchObject({ ...content, private: true, protected: true });
  expect(given['labels/test']).toMatchObject({ ...content, private: true });
  expect(Object.keys(filesGiven('labels/dev', 'labels/test', false))).toEqual(['open']);
});

it('an open file is never replaced, nor a private one by an open one', () => {
  expect(filesGiven('open', 'labels/test', true).open?.sha256).toBe(DIGESTS.open);
  expect(() => filesGiven('labels/dev', 'open', true)).toThrow("'open' is missing");
});
