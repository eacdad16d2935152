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
    expect(attachment('a\r\nb')).not.toMatch(/[\r\n]/);
  });
});
