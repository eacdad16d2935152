import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { analyse } from 'scslre';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = globSync('{bin,functions,infra,local-aws,shared}/**/*.ts', { cwd: ROOT }).filter(
  (path) => !/node_modules|local-aws.test/.test(path),
);

/** Expressions that may take more than linear time, with the bound of their text. */
const BOUNDED: Readonly<Record<string, string>> = {
  '/\\{\\{(.*?)\\}\\}/': 'lines of instructions that the organiser writes, of at most 100,000 characters',
};

interface Expression {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Returns the regular expression literals below a node of a syntax tree. */
function* literals(node: unknown): Generator<{ pattern: string; flags: string }> {
  if (typeof node !== 'object' || node === null) return;
  if ('regex' in node && node.regex) yield node.regex as { pattern: string; flags: string };
  for (const child of Object.values(node)) yield* literals(child);
}

/**
 * Returns the quantifiers on which an expression can take more than linear time: a character that repeats before a
 * rest that does not match. Attacks that need longer patterns are not found.
 */
const slow = ({ pattern, flags }: Omit<Expression, 'file'>): string[] =>
  analyse({ source: pattern, flags }).reports.map(({ type, character }) => `${type} with ${character.pick}`);

describe('regular expressions', () => {
  const expressions = SOURCES.flatMap((file): Expression[] => {
    const { program } = parseSync(file, readFileSync(`${ROOT}${file}`, 'utf8'));
    return [...literals(program)].map((literal) => ({ file, ...literal }));
  });

  it('take linear time in all sources', () => {
    expect(expressions.length).toBeGreaterThan(200);
    const found = expressions.flatMap((expression) => {
      const { file, pattern, flags } = expression;
      const text = `/${pattern}/${flags}`;
      if (Object.hasOwn(BOUNDED, text)) return [];
      return slow(expression).map((report) => `${file} ${text}: ${report}`);
    });
    expect(found).toEqual([]);
  });

  it('are reported if they are slow', () => {
    for (const pattern of ['^[._]+|[._]+$', '(\\d+)\\.json$', '^(a+)+$', '^\\d*\\.?\\d+$']) {
      expect(slow({ pattern, flags: 'g' }), pattern).not.toEqual([]);
    }
  });

  it('have no outdated exception', () => {
    const known = new Set(expressions.map(({ pattern, flags }) => `/${pattern}/${flags}`));
    expect(Object.keys(BOUNDED).filter((text) => !known.has(text))).toEqual([]);
  });
});
