import { describe, expect, it } from 'vitest';
import { formatTable } from '../../bin/terminal/table.ts';

const FILES = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Created At', type: 'string' },
  { name: 'Size', type: 'int' },
] as const;

describe('a table', () => {
  it('has a header, a line of dashes and rows, separated by bars', () => {
    const row = ['2c98a278acdb41a3bb572ae4fbea5177', 'names.txt', '2021-02-04T20:32:35', 42];

    expect(formatTable(FILES, [row])).toEqual([
      'ID                               | Name      | Created At          | Size',
      '---------------------------------|-----------|---------------------|-----',
      '2c98a278acdb41a3bb572ae4fbea5177 | names.txt | 2021-02-04T20:32:35 |   42',
    ]);
  });

  it('shows header and dashes when it is empty', () => {
    expect(formatTable(FILES, [])).toEqual([
      'ID | Name | Created At | Size',
      '---|------|------------|-----',
    ]);
  });

  it('(report 24) aligns numbers to the right, floats with a decimal point, and shows a missing value as blanks', () => {
    const columns = [
      { name: 'R', type: 'int' },
      { name: 'Text', type: 'string' },
      { name: 'F', type: 'float' },
    ] as const;
    expect(
      formatTable(columns, [
        [1, 'a', 0.1 + 0.2],
        [10, null, null],
        [100, 'abcdef', 3],
      ]),
    ).toEqual([
      '  R | Text   |   F',
      '----|--------|----',
      '  1 | a      | 0.3',
      ' 10 |        |    ',
      '100 | abcdef | 3.0',
    ]);
  });

  it('marks bars of names, which separate no columns', () => {
    const columns = [
      { name: 'Team', type: 'string' },
      { name: 'a|b', type: 'float' },
    ] as const;
    expect(formatTable(columns, [['Bob | 0.99', 0.5]])).toEqual([
      'Team        | a\\|b',
      '------------|-----',
      'Bob \\| 0.99 |  0.5',
    ]);
  });

  it('counts an accent, and an emoji of several parts, as one character', () => {
    const columns = [
      { name: 'N', type: 'string' },
      { name: 'M', type: 'int' },
    ] as const;
    expect(
      formatTable(columns, [
        ['Zoe\u0308', 1],
        ['👩‍🔬ab', 2],
      ]),
    ).toEqual(['N   | M', '----|--', 'Zoe\u0308 | 1', '👩‍🔬ab | 2']);
  });

  it('stays a table with any names', () => {
    const [, , row] = formatTable([{ name: 'N', type: 'string' }], [['a\nb\x1b[31mc\u202ed\te']]);
    expect(row).toBe('a b\ufffd[31mc\ufffdd e');
  });
});
