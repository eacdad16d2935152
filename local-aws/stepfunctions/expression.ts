import jsonata from 'jsonata';
import * as z from 'zod';

/**
 * The part of JSONata that definitions may use. Step Functions implements JSONata 2.0.6 with its own changes (AWS Step
 * Functions developer guide, "Transforming data with JSONata"). Within this subset, the two agree. Everything else is
 * rejected when the state machine is created.
 */

/** Members of `$states` (same page, "Reserved variable: $states"). Which ones exist depends on the evaluated field. */
export type StatesField = 'input' | 'result' | 'errorOutput' | 'context';

/** The names that an expression may use. */
export interface ExpressionScope {
  readonly states: ReadonlySet<StatesField>;
  /** Names that any `Assign` of the state machine sets. */
  readonly variables: ReadonlySet<string>;
}

/** An expression that cannot be parsed or is outside the subset. */
export class ExpressionError extends Error {}

/** The only supported functions. */
export const FUNCTIONS: ReadonlySet<string> = new Set(['exists', 'string', 'substring']);

/** 100 levels, the limit of Step Functions. It also limits the recursion of this check. */
export const MAX_DEPTH = 100;

/** True for a string that is an expression: `{% … %}`, with nothing around it. */
export const isExpression = (text: string) =>
  text.length >= 4 && text.startsWith('{%') && text.endsWith('%}');

/** True for a string with only one of the two delimiters, which Step Functions rejects. */
export const isBrokenExpression = (text: string) =>
  !isExpression(text) && (text.startsWith('{%') || text.endsWith('%}'));

/** The JSONata text between the delimiters. */
export const expressionText = (text: string) => text.slice(2, -2).trim();

/** Limits of one evaluation, as options of the package: milliseconds, levels, entries. */
const LIMITS = { timeout: 1000, stack: MAX_DEPTH, sequence: 100_000 };

/** @throws ExpressionError when the text cannot be parsed. */
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
