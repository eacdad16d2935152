import { describe, expect, it } from 'vitest';
import { attachment } from '../../shared/downloads/download.ts';

describe('attachment', () => {
  it('E7: returns a plain name unquoted', () => {
    expect(attachment('names.txt')).toBe('attachment; filename=names.txt');
  });

  it('E13: quotes a relative path', () => {
    expect(attachment('results/greetings.txt')).toBe('attachment; filename="results/greetings.txt"');
  });

  it.each([
    ['数据.csv', 'csv', '%E6%95%B0%E6%8D%AE.csv'],
    ['数据', 'file', '%E6%95%B0%E6%8D%AE'],
    ['results/größe (1).csv', 'results/groe_1.csv', 'results%2Fgr%C3%B6%C3%9Fe%20%281%29.csv'],
  ])('returns %s in both forms (report 7)', (name, latin, encoded) => {
    expect(attachment(name)).toBe(`attachment; filename="${latin}"; filename*=UTF-8''${encoded}`);
  });

  it('returns other characters in UTF-8 and in an ASCII form, without line breaks', () => {
    expect(attachment('é "x".txt')).toBe(
      'attachment; filename="e_x.txt"; filename*=UTF-8\'\'%C3%A9%20%22x%22.txt',
    );
    expect(attachment('plots/step%20 100%.png')).toBe(
      `attachment; filename="plots/step%20 100%.png"; filename*=UTF-8''plots%2Fstep%2520%20100%25.png`,
    );
    expect(attachment('100% a.txt')).toBe('attachment; filename="100% a.txt"');
    expect(attachment('a\\b"c')).toBe(`attachment; filename="a\\\\b\\"c"; filename*=UTF-8''a%5Cb%22c`);
    expect(attachment('a\r\nb')).not.toMatch(/[\r\n]/);
  });
});
