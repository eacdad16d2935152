import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileName } from '../../shared/uploads/file-name.ts';

describe('fileName', () => {
  it('E12: drops folders and accents', () => {
    expect(fileName('../na mesé.txt')).toBe('na_mese.txt');
  });

  it('makes names safe as the original does', () => {
    expect(fileName('a b.txt')).toBe('a_b.txt');
    expect(fileName('../../etc/passwd')).toBe('etc_passwd');
    expect(fileName('.hidden')).toBe('hidden');
    expect(fileName('C:\\data\\names.txt')).toBe('C_data_names.txt');
  });

  it('E11: refuses a name of which nothing is left', () => {
    for (const name of ['', ' ', '..', '/', '日本']) expect(() => fileName(name)).toThrow('empty file name');
  });

  it('gives a plain name or refuses, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        try {
          expect(fileName(name)).toMatch(/^[A-Za-z0-9-]([A-Za-z0-9_.-]*[A-Za-z0-9-])?$/);
        } catch (error) {
          expect(String(error)).toContain('file name');
        }
      }),
    );
  });
});
