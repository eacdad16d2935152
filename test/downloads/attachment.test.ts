import { describe, expect, it } from 'vitest';
import { attachment } from '../../shared/downloads/download.ts';

describe('attachment', () => {
  it('E7: gives a plain name as it is', () => {
    expect(attachment('names.txt')).toBe('attachment; filename=names.txt');
  });

  it('E13: quotes a relative path', () => {
    expect(attachment('results/greetings.txt')).toBe('attachment; filename="results/greetings.txt"');
  });

  it('gives other characters in UTF-8 beside an ASCII form, and no line breaks', () => {
    expect(attachment('é "x".txt')).toBe(
      'attachment; filename="_ \\"x\\".txt"; filename*=UTF-8\'\'%C3%A9%20%22x%22.txt',
    );
    expect(attachment('plots/step%20 100%.png')).toBe(
      `attachment; filename="plots/step%20 100%.png"; filename*=UTF-8''plots%2Fstep%2520%20100%25.png`,
    );
    expect(attachment('100% a.txt')).toBe('attachment; filename="100% a.txt"');
    expect(attachment('a\\b"c')).toBe(`attachment; filename="a\\\\b\\"c"; filename*=UTF-8''a%5Cb%22c`);
    expect(attachment('a\r\nb')).not.toMatch(/[\r\n]/);
  });
});
