import { describe, expect, it } from 'vitest';
import { inDeclaredOrder } from '../../shared/template/output-paths.ts';

const ordered = (declared: readonly string[], paths: readonly string[]) =>
  inDeclaredOrder(
    declared,
    paths.map((path) => ({ path })),
  ).map(({ path }) => path);

describe('inDeclaredOrder', () => {
  it('(report 23) orders files by declaration, then by the bytes of their paths', () => {
    const paths = ['a.txt', 'plots/a', 'plots/é', 'plots/z', 'z.csv'];
    expect(ordered(['z.csv', 'plots/', 'a.txt'], paths)).toEqual([
      'z.csv',
      'plots/a',
      'plots/z',
      'plots/é',
      'a.txt',
    ]);
    expect(ordered(['plots/z', 'plots'], ['plots/a', 'plots/z'])).toEqual(['plots/z', 'plots/a']);
  });
});
