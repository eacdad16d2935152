import * as z from 'zod';
import {
  ExpressionError,
  type ExpressionScope,
  FUNCTIONS,
  MAX_DEPTH,
  parseExpression,
} from './expression.ts';

const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=']);
const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', '&']);

/** Entries of the context object that the interpreter fills. */
const CONTEXT: Readonly<Record<string, readonly string[]>> = {
  Execution: ['Id', 'Input', 'Name', 'RoleArn', 'StartTime'],
  State: ['EnteredTime', 'Name', 'RetryCount'],
  StateMachine: ['Id', 'Name'],
};

/**
 * Checks one expression against the subset.
 *
 * @param text the part between `{%` and `%}`.
 * @throws ExpressionError that says what is not allowed.
 */
export function checkExpression(text: string, scope: ExpressionScope): void {
  // The two operators came with JSONata 2.1; their syntax trees look like ordinary conditions.
  if (/\?\s*[?:]/.test(withoutLiterals(text)))
    throw new ExpressionError('operators ?: and ?? are not supported');
  check(parseExpression(text).ast(), { scope, locals: new Set(), context: false, depth: 0 });
}

/** Blanks out string literals and quoted names, so that only operators are searched. */
const withoutLiterals = (text: string) => text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, '""');

interface Position {
  readonly scope: ExpressionScope;
  readonly locals: ReadonlySet<string>;
  /** True inside a filter, where plain names are fields of the filtered element. */
  readonly context: boolean;
  readonly depth: number;
}

/** A node of the syntax tree with the fields that the checks read; the package's own type lacks some. */
const nodeSchema = z.looseObject({
  type: z.string(),
  value: z.unknown().optional(),
  steps: z.array(z.unknown()).optional(),
  stages: z.array(z.unknown()).optional(),
  predicate: z.array(z.unknown()).optional(),
  arguments: z.array(z.unknown()).optional(),
  expression: z.unknown().optional(),
  expressions: z.array(z.unknown()).optional(),
  procedure: z.unknown().optional(),
  expr: z.unknown().optional(),
  lhs: z.unknown().optional(),
  rhs: z.unknown().optional(),
  group: z.unknown().optional(),
  focus: z.unknown().optional(),
  index: z.unknown().optional(),
  ancestor: z.unknown().optional(),
});
type Node = z.infer<typeof nodeSchema>;

const refuse = (what: string): never => {
  throw new ExpressionError(`${what} is outside the supported part of JSONata`);
};

function check(input: unknown, accountRegion: Position): void {
  if (accountRegion.depth >= MAX_DEPTH) refuse(`nesting deeper than ${MAX_DEPTH}`);
  const node = nodeSchema.parse(input);
  if (node.group || node.focus || node.index || node.ancestor) refuse('grouping or binding in a path');
  const inner = { ...accountRegion, depth: accountRegion.depth + 1 };
  for (const stage of [...(node.stages ?? []), ...(node.predicate ?? [])]) checkFilter(stage, inner);
  checkNode(node, inner);
}

function checkNode(node: Node, accountRegion: Position): void {
  const checker = CHECKERS[node.type];
  if (checker) checker(node, accountRegion);
  else refuse(`'${typeof node.value === 'string' ? node.value : node.type}'`);
}

/** The kinds of nodes that may occur. */
const CHECKERS: Readonly<Record<string, (node: Node, accountRegion: Position) => void>> = {
  string: () => {},
  number: () => {},
  value: () => {},
  variable: (node, accountRegion) => checkVariable(String(node.value), accountRegion),
  name: (node, accountRegion) => {
    if (!accountRegion.context) refuse(`the name '${String(node.value)}' without a variable before it`);
  },
  path: (node, accountRegion) => checkPath(node.steps ?? [], accountRegion),
  binary: checkBinary,
  unary: checkUnary,
  condition: (node, accountRegion) =>
    checkAll(
      [node.condition, node.then, node.else].filter((part) => part !== undefined),
      accountRegion,
    ),
  block: (node, accountRegion) => checkBlock(node.expressions ?? [], accountRegion),
  function: checkCall,
};

const checkAll = (nodes: readonly unknown[], accountRegion: Position) => {
  for (const node of nodes) check(node, accountRegion);
};

function checkVariable(name: string, { scope, locals, context }: Position): void {
  if (name === '' && context) return;
  if (name === 'states') refuse('$states without one of its fields');
  if (name === '' || name === '$') refuse('the root document');
  if (!locals.has(name) && !scope.variables.has(name)) {
    throw new ExpressionError(`variable $${name} is not assigned anywhere in the state machine`);
  }
}

function checkFilter(stage: unknown, accountRegion: Position): void {
  const { type, expr } = nodeSchema.parse(stage);
  if (type !== 'filter') refuse(`'${type}' in a path`);
  check(expr, { ...accountRegion, context: true });
}

function checkPath(steps: readonly unknown[], accountRegion: Position): void {
  const [first, ...rest] = steps.map((step) => nodeSchema.parse(step));
  if (!first) return;
  if (first.type === 'variable' && first.value === 'states') checkStates(first, rest, accountRegion.scope);
  else check(first, accountRegion);
  for (const step of rest) {
    if (step.type !== 'name') refuse(`'${String(step.value ?? step.type)}' as a step of a path`);
    check(step, { ...accountRegion, context: true });
  }
}

function checkStates(first: Node, rest: readonly Node[], scope: ExpressionScope): void {
  if (first.predicate || first.stages) refuse('a filter on $states');
  const [field, section, entry] = rest.map((step) => String(step.value));
  const known = [...scope.states].some((allowed) => allowed === field);
  if (!known) throw new ExpressionError(`Field '$states.${field}' does not exist here`);
  if (field !== 'context') return;
  const entries = CONTEXT[section ?? ''];
  if (!entries?.includes(entry ?? '')) refuse(`$states.context.${section ?? ''}.${entry ?? ''}`);
}

function checkBinary(node: Node, accountRegion: Position): void {
  const operator = String(node.value);
  if (!OPERATORS.has(operator) && !WORD_OPERATORS.has(operator)) refuse(`operator ${operator}`);
  checkAll([node.lhs, node.rhs], accountRegion);
}

/** Constructors and the sign; the sign's operand is a member of its own. */
function checkUnary(node: Node, accountRegion: Position): void {
  if (node.value === '[') checkAll(node.expressions ?? [], accountRegion);
  else if (node.value === '-') check(node.expression, accountRegion);
  else if (node.value === '{') checkAll(z.array(z.array(z.unknown())).parse(node.lhs).flat(), accountRegion);
  else refuse(`operator ${String(node.value)}`);
}

/** `( $a := …; … )`: each name is known to the expressions after it. */
function checkBlock(expressions: readonly unknown[], accountRegion: Position): void {
  const locals = new Set(accountRegion.locals);
  for (const expression of expressions) {
    const node = nodeSchema.parse(expression);
    if (node.type !== 'bind') {
      check(node, { ...accountRegion, locals });
      continue;
    }
    check(node.rhs, { ...accountRegion, locals });
    const name = String(nodeSchema.parse(node.lhs).value);
    if (name === 'states' || FUNCTIONS.has(name)) refuse(`an assignment to $${name}`);
    locals.add(name);
  }
}

function checkCall(node: Node, accountRegion: Position): void {
  const { type, value } = nodeSchema.parse(node.procedure);
  if (type !== 'variable' || !FUNCTIONS.has(String(value))) refuse(`function $${String(value ?? type)}`);
  checkAll(node.arguments ?? [], accountRegion);
}
