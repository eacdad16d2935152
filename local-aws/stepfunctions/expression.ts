import jsonata from 'jsonata';
import * as z from 'zod';

/**
 * The part of JSONata that definitions may use. Step Functions implements JSONata 2.0.6 with changes of
 * its own (AWS Step Functions developer guide, "Transforming data with JSONata"); inside this subset the
 * two agree, everything else is refused when the machine is created.
 */

/** Fields of `$states` (same page, "Reserved variable: $states"); which of them exist depends on the field. */
export type StatesField = 'input' | 'result' | 'errorOutput' | 'context';

/** What an expression may name. */
export interface ExpressionScope {
  readonly states: ReadonlySet<StatesField>;
  /** Names that some `Assign` of the machine sets. */
  readonly variables: ReadonlySet<string>;
}

/** An expression that does not parse or leaves the subset. */
export class ExpressionError extends Error {}

/** The only functions. */
export const FUNCTIONS: ReadonlySet<string> = new Set(['exists', 'string', 'substring']);

/** 100 levels: where Step Functions itself stops evaluating; it also bounds our own recursion. */
export const MAX_DEPTH = 100;

/** True for the strings that are code: exactly `{% … %}`, with nothing around it. */
export const isExpression = (text: string) =>
  text.length >= 4 && text.startsWith('{%') && text.endsWith('%}');

/** True for a string with only one of the two delimiters, which Step Functions refuses as a typing error. */
export const isBrokenExpression = (text: string) =>
  !isExpression(text) && (text.startsWith('{%') || text.endsWith('%}'));

/** The JSONata text between the delimiters. */
export const expressionText = (text: string) => text.slice(2, -2).trim();

/** Limits of one evaluation, in the package's words: milliseconds, levels, entries. */
const LIMITS = { timeout: 1000, stack: MAX_DEPTH, sequence: 100_000 };

/** @throws ExpressionError when the text does not parse. */
export function parseExpression(text: string): jsonata.Expression {
  try {
    return jsonata(text, LIMITS);
  } catch (error) {
    throw new ExpressionError(describe(error));
  }
}

/** The package throws plain objects with a message. */
export const describe = (error: unknown) =>
  z.object({ message: z.string() }).safeParse(error).data?.message ?? 'evaluation failed';
