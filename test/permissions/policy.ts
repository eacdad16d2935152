import type { Demand } from './need.ts';

/** One condition of a statement: an operator, a condition key and the accepted values. */
export interface PolicyCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** One statement of a role's policies, with all references resolved. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly PolicyCondition[];
}

/** Whether these statements allow it: at least one allows it, and none denies it. */
export function allows(statements: readonly Statement[], demand: Demand): boolean {
  const applying = statements.filter((statement) => applies(statement, demand));
  return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
}

/** Whether a statement applies to a demand. */
export function applies({ actions, resources, conditions }: Statement, demand: Demand): boolean {
  return (
    actions.some((pattern) => actionFits(pattern, demand.action)) &&
    resources.some((pattern) => resourceFits(pattern, demand.resource)) &&
    conditions.every((condition) => holds(condition, demand.context))
  );
}

/** Actions are compared without regard to case (IAM, "Action"). */
export const actionFits = (pattern: string, action: string): boolean =>
  like(pattern.toLowerCase(), action.toLowerCase());

export const resourceFits = (pattern: string, resource: string): boolean =>
  pattern === '*' || arnLike(pattern, resource);

/**
 * Operators of IAM's conditions, as tests of a single value (IAM, "Condition operators"). The two for ARNs are
 * the same.
 */
const comparisons: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (pattern, value) => pattern === value,
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (pattern, value) => pattern === value,
  NumericGreaterThan: (pattern, value) => value !== '' && Number(value) > Number(pattern),
};

/** Whether a condition accepts a value of the request. @throws Error for an unknown operator */
export function admits({ operator, values }: PolicyCondition, value: string): boolean {
  const fits = comparisons[operator.replace(/^For(AllValues|AnyValue):/, '')];
  if (!fits) throw new Error(`this check does not support the condition operator '${operator}'`);
  return values.some((pattern) => fits(pattern, value));
}

/**
 * A request without the key matches no plain operator and no `ForAnyValue`, but every `ForAllValues`. Several values
 * match set operators only (IAM, "Set operators for multivalued context keys").
 */
function holds(condition: PolicyCondition, context: Demand['context']): boolean {
  const { operator, key } = condition;
  const given = context[key] ?? [];
  // An unknown operator must not pass, even without a value to compare.
  const fitting = given.filter((value) => admits(condition, value));
  if (given.length === 0) admits(condition, '');
  if (operator.startsWith('ForAnyValue:')) return fitting.length > 0;
  const all = fitting.length === given.length;
  return operator.startsWith('ForAllValues:') ? all : all && given.length === 1;
}

/** `*` for any characters, `?` for one. */
function like(pattern: string, value: string): boolean {
  return expressionOf(pattern).test(value);
}

/**
 * Compares each of an ARN's six parts separately: a `*` matches slashes, and colons only in the last part (IAM, "ARN
 * condition operators").
 */
function arnLike(pattern: string, value: string): boolean {
  const patterns = parts(pattern);
  const values = parts(value);
  return (
    patterns.length === values.length && patterns.every((part, index) => like(part, values[index] ?? ''))
  );
}

function parts(arn: string): string[] {
  const all = arn.split(':');
  return [...all.slice(0, 5), ...(all.length > 5 ? [all.slice(5).join(':')] : [])];
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  const text = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  expressions.set(pattern, expression);
  return expression;
}
