import { expect, it } from 'vitest';
import { joinKeys, parentKey, parseFileKey, parseKey } from '../../shared/storage-volumes/volume-key.ts';

it('[M12] joins parts of a key without those that are empty or missing', () => {
  expect(joinKeys(null, 'a', '', 'b', undefined)).toBe('a/b');
  expect(joinKeys()).toBe('');
});

it('[M12] returns the folder of a key', () => {
  expect(['a/b/c', 'a', null].map(parentKey)).toEqual(['a/b', '', null]);
});

it('normalises keys, and keeps whether only the folder is meant', () => {
  expect(parseKey('./a//b')).toEqual({ path: 'a/b', isFolder: false });
  expect(parseKey('a/b/')).toEqual({ path: 'a/b', isFolder: true });
  for (const base of [null, '', '.', '/', './']) expect(parseKey(base)).toEqual({ path: '', isFolder: true });
  expect(parseFileKey('a/./b')).toBe('a/b');
  expect(() => parseFileKey('a/')).toThrow("the path 'a/' of a storage volume does not name a file");
});
