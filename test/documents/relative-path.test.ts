import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PathKind, pathBytes, readRelativePath } from '../../shared/documents/relative-path.ts';

describe('readRelativePath', () => {
  it.each<[string, PathKind, string]>([
    ['data/names.txt', 'file', 'data/names.txt'],
    ['./data//x/./y', 'file', 'data/x/y'],
    ['results/', 'any', 'results/'],
    ['results/.', 'any', 'results/'],
    ['results/', 'folder', 'results'],
    ['.', 'folder', ''],
    ['', 'folder', ''],
    ['.hidden', 'file', '.hidden'],
    ['a..b/c', 'file', 'a..b/c'],
    ['a b/ü', 'file', 'a b/ü'],
  ])('normalises %o (%s)', (text, kind, path) => {
    expect(readRelativePath(text, kind)).toEqual({ ok: true, path });
  });

  it.each<[string, PathKind]>([
    ['/etc/passwd', 'file'],
    ['..', 'folder'],
    ['a/../../b', 'file'],
    ['a/..', 'any'],
    ['a\\b', 'file'],
    ['..\\b', 'file'],
    ['a\0b', 'file'],
    ['a\nb', 'file'],
    ['\ud800', 'file'],
    ['', 'file'],
    ['.', 'any'],
    ['./', 'any'],
    ['data/', 'file'],
    ['data/.', 'file'],
    ['x'.repeat(256), 'file'],
    ['ü'.repeat(128), 'file'],
    ['a/'.repeat(451), 'file'],
    ['""/'.repeat(181), 'file'],
  ])('rejects %o as a %s', (text, kind) => {
    expect(readRelativePath(text, kind).ok).toBe(false);
  });

  it('never returns a path that leaves the tree, and is idempotent', () => {
    const texts = fc.array(fc.constantFrom('/', '.', '..', 'a', '\\', '\0', ' ', 'ü'), { maxLength: 8 });
    const kinds = fc.constantFrom<PathKind>('file', 'folder', 'any');

    fc.assert(
      fc.property(texts, kinds, (parts, kind) => {
        const reading = readRelativePath(parts.join(''), kind);
        if (!reading.ok) return;
        expect(reading.path).not.toMatch(/^\/|(^|\/)\.{1,2}(\/|$)|\/\/|\\|\0/);
        expect(readRelativePath(reading.path, kind)).toEqual(reading);
      }),
    );
  });
});

it('a path has as many bytes as its JSON text', () => {
  expect(['a/ü', 'a"', 'a\u0001'].map(pathBytes)).toEqual([4, 3, 7]);
});
