import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf, withoutHeader } from '../../shared/api/csv.ts';

/** Parses CSV as RFC 4180 describes it. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < csv.length; ) {
    let text = '';
    if (csv[at] === '"') {
      for (at += 1; csv[at] !== '"' || csv[at + 1] === '"'; at += 1) {
        if (csv[at] === '"') at += 1;
        text += csv[at];
      }
      at += 1;
    } else {
      while (csv[at] !== ',' && csv[at] !== '\r' && at < csv.length) text += csv[at++];
    }
    row.push(text);
    if (csv[at] === ',') at += 1;
    else {
      rows.push(row);
      row = [];
      at += 2;
    }
  }
  return rows;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '"', "'", ',', ';', '\r', '\n', '\t', ' ', 'a', '1', '＝'),
  }),
);

describe('CSV', () => {
  it('gives every text back, with an apostrophe before formulas', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (rows) => {
        const read = parsed(csvOf(['first', 'second'], rows));
        expect(read[0]).toEqual(['first', 'second']);
        expect(read.slice(1).map((row) => row.map(plain))).toEqual(rows.map((row) => row.map(plain)));
      }),
    );
  });
  const plain = (value: string) => value.replace(/^'/, '');

  it('has no cell that a spreadsheet executes', () => {
    fc.assert(
      fc.property(text, (value) => {
        const [, row = []] = parsed(csvOf(['a'], [[value]]));
        expect(/^[\s\p{Cc}\p{Cf}]*[=+\-@|＝＋－＠]/u.test(row[0] ?? '')).toBe(false);
      }),
    );
    const hostile = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1',
      '\u200b=1',
      '＝1',
      '|calc',
      '=HYPERLINK("http://a")',
    ];
    for (const value of hostile) expect(parsed(csvOf(['a'], [[value]]))[1], value).toEqual([`'${value}`]);
    expect(csvOf(['=name'], [])).toBe("'=name\r\n".replace("'=name", '"\'=name"'));
  });

  it('writes numbers exactly, and negative ones as numbers', () => {
    const exact = JSON.rawJSON('123456789012345678901234567890');
    expect(csvOf(['a', 'b', 'c', 'd', 'e'], [[-0.1, 1e21, exact, JSON.rawJSON('10.0'), null]])).toBe(
      'a,b,c,d,e\r\n-0.1,1e+21,123456789012345678901234567890,10.0,\r\n',
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(parsed(csvOf(['a'], [[value]]))[1]?.[0])).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('loses its first line and nothing else', () => {
    expect(withoutHeader(csvOf(['a\nb', '"c"'], [['x\r\ny', 1]]))).toBe('"x\r\ny",1\r\n');
    expect(withoutHeader(csvOf(['a'], []))).toBe('');
  });
});
