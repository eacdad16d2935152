import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment } from '../../shared/downloads/download.ts';
import { fileName } from '../../shared/uploads/file-name.ts';

describe('fileName', () => {
  it('E12: removes folders and accents', () => {
    expect(fileName('../na mesé.txt')).toBe('na_mese.txt');
  });

  it('makes names safe like the original', () => {
    expect(fileName('a b.txt')).toBe('a_b.txt');
    expect(fileName('../../etc/passwd')).toBe('etc_passwd');
    expect(fileName('.hidden')).toBe('hidden');
    expect(fileName('C:\\data\\names.txt')).toBe('C_data_names.txt');
  });

  it('E11: rejects a name that is empty afterwards', () => {
    for (const name of ['', ' ', '..', '/', '___', '\u200b', '\u3000'])
      expect(() => fileName(name)).toThrow('empty file name');
  });

  it.each([
    ['数据.csv', '数据.csv'],
    ['данные.csv', 'данные.csv'],
    ['数据', '数据'],
    ['🏆.txt', '🏆.txt'],
    ['"q".txt', 'q.txt'],
    ['Straße 1.txt', 'Straße 1.txt'],
    ['../数据/x.csv', '__数据_x.csv'],
    ['..数据', '_数据'],
    ['C:\\数据\\x.csv', 'C:_数据_x.csv'],
    ['\u0438\u0306.csv', 'й.csv'],
    ['данные\u202evsc\u0000\n.exe', 'данные_vsc__.exe'],
    ['می‌خواهم.csv', 'می‌خواهم.csv'],
    ['€ rates.csv', 'rates.csv'],
    ['ﬁt²–“a”.txt', 'fit2a.txt'],
    ['Ａ１.txt', 'A1.txt'],
  ])('stores %j as %j: in Latin form only if it loses nothing (report 7)', (given, name) => {
    expect(fileName(given)).toBe(name);
  });

  it('rejects a name that lost characters, and one that is too long (reports 6, 7)', () => {
    expect(() => fileName('caf\ufffd.csv')).toThrow('file name is not Unicode text');
    expect(fileName('數'.repeat(255))).toHaveLength(255);
    expect(() => fileName('數'.repeat(256))).toThrow('use at most 255 characters');
    expect(fileName('x'.repeat(512))).toHaveLength(512);
  });

  it('returns a Latin name or one that is safe to show and store, or rejects it, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (given) => {
        let name: string;
        try {
          name = fileName(given);
        } catch (error) {
          expect(String(error)).toContain('file name');
          return;
        }
        expect(fileName(name)).toBe(name);
        if (/^[A-Za-z0-9-]([A-Za-z0-9_.-]*[A-Za-z0-9-])?$/.test(name)) return;
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}]|^\.|^$/u);
        expect(name.normalize('NFC')).toBe(name);
        expect(attachment(name)).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
