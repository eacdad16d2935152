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

/** Entries of the context object that the interpreter supports. */
const CONTEXT: Readonly<Record<string, readonly string[]>> = {
  Execution: ['Id', 'Input', 'Name', 'RoleArn', 'StartTime'],
  State: ['EnteredTime', 'Name', 'RetryCount'],
  StateMachine: ['Id', 'Name'],
};

/**
 * Checks one expression against the subset.
 *
 * @param text the part between `{%` and `%}`.
 * @throws ExpressionError with the part that is not allowed.
 */
export function checkExpression(text: string, scope: ExpressionScope): void {
  // JSONata 2.1 added these two operators; their syntax trees look like ordinary conditions.
  if (/\?\s*[?:]/.test(withoutLiterals(text)))
    throw new ExpressionError('operators ?: and ?? are not supported');
  check(parseExpression(text).ast(), { scope, locals: new Set(), context: false, depth: 0 });
}

/** Empties string literals and quoted names, so that a search finds only operators. */
const withoutLiterals = (text: string) => text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, '""');

interface Position {
  readonly scope: ExpressionScope;
  readonly locals: ReadonlySet<string>;
  /** True inside a filter, where plain names are fields of the filtered element. */
  readonly context: boolean;
  readonly depth: number;
}

/** A node of the syntax tree with the fields that the checks use; the package's own type lacks some. */
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

const reject = (what: string): never => {
  throw new ExpressionError(`${what} is outside the supported part of JSONata`);
};

function check(input: unknown, position: Position): void {
  if (position.depth >= MAX_DEPTH) reject(`nesting deeper than ${MAX_DEPTH}`);
  const node = nodeSchema.parse(input);
  if (node.group || node.focus || node.index || node.ancestor) reject('grouping or binding in a path');
  const inner = { ...position, depth: position.depth + 1 };
  for (const stage of [...(node.stages ?? []), ...(node.predicate ?? [])]) checkFilter(stage, inner);
  checkNode(node, inner);
}

function checkNode(node: Node, position: Position): void {
  const checker = CHECKERS[node.type];
  if (checker) checker(node, position);
  else reject(`'${typeof node.value === 'string' ? node.value : node.type}'`);
}

/** The allowed types of nodes. */
const CHECKERS: Readonly<Record<string, (node: Node, position: Position) => void>> = {
  string: () => {},
  number: () => {},
  value: () => {},
  variable: (node, position) => checkVariable(String(node.value), position),
  name: (node, position) => {
    if (!position.context) reject(`the name '${String(node.value)}' without a variable before it`);
  },
  path: (node, position) => checkPath(node.steps ?? [], position),
  binary: checkBinary,
  unary: checkUnary,
  condition: (node, position) =>
    checkAll(
      [node.condition, node.then, node.else].filter((part) => part !== undefined),
      position,
    ),
  block: (node, position) => checkBlock(node.expressions ?? [], position),
  function: checkCall,
};

const checkAll = (nodes: readonly unknown[], position: Position) => {
  for (const node of nodes) check(node, position);
};

function checkVariable(name: string, { scope, locals, context }: Position): void {
  if (name === '' && context) return;
  if (name === 'states') reject('$states without one of its fields');
  if (name === '' || name === '$') reject('the root document');
  if (!locals.has(name) && !scope.variables.has(name)) {
    throw new ExpressionError(`variable $${name} is not assigned anywhere in the state machine`);
  }
}

function checkFilter(stage: unknown, position: Position): void {
  const { type, expr } = nodeSchema.parse(stage);
  if (type !== 'filter') reject(`'${type}' in a path`);
  check(expr, { ...position, context: true });
}

function checkPath(steps: readonly unknown[], position: Position): void {
  const [first, ...rest] = steps.map((step) => nodeSchema.parse(step));
  if (!first) return;
  if (first.type === 'variable' && first.value === 'states') checkStates(first, rest, position.scope);
  else check(first, position);
  for (const step of rest) {
    if (step.type !== 'name') reject(`'${String(step.value ?? step.type)}' as a step of a path`);
    check(step, { ...position, context: true });
  }
}

function checkStates(first: Node, rest: readonly Node[], scope: ExpressionScope): void {
  if (first.predicate || first.stages) reject('a filter on $states');
  const [field, section, entry] = rest.map((step) => String(step.value));
  const known = [...scope.states].some((allowed) => allowed === field);
  if (!known) throw new ExpressionError(`Field '$states.${field}' does not exist here`);
  if (field !== 'context') return;
  const entries = CONTEXT[section ?? ''];
  if (!entries?.includes(entry ?? '')) reject(`$states.context.${section ?? ''}.${entry ?? ''}`);
}

function checkBinary(node: Node, position: Position): void {
  const operator = String(node.value);
  if (!OPERATORS.has(operator) && !WORD_OPERATORS.has(operator)) reject(`operator ${operator}`);
  checkAll([node.lhs, node.rhs], position);
}

/** Array and object constructors, and the minus sign, whose operand is in `expression`. */
function checkUnary(node: Node, position: Position): void {
  if (node.value === '[') checkAll(node.expressions ?? [], position);
  else if (node.value === '-') check(node.expression, position);
  else if (node.value === '{') checkAll(z.array(z.array(z.unknown())).parse(node.lhs).flat(), position);
  else reject(`operator ${String(node.value)}`);
}

/** `( $a := …; … )`: each name is defined for the expressions after it. */
function checkBlock(expressions: readonly unknown[], position: Position): void {
  const locals = new Set(position.locals);
  for (const expression of expressions) {
    const node = nodeSchema.parse(expression);
    if (node.type !== 'bind') {
      check(node, { ...position, locals });
      continue;
    }
    check(node.rhs, { ...position, locals });
    const name = String(nodeSchema.parse(node.lhs).value);
    if (name === 'states' || FUNCTIONS.has(name)) reject(`an assignment to $${name}`);
    locals.add(name);
  }
}

function checkCall(node: Node, position: Position): void {
  const { type, value } = nodeSchema.parse(node.procedure);
  if (type !== 'variable' || !FUNCTIONS.has(String(value))) reject(`function $${String(value ?? type)}`);
  checkAll(node.arguments ?? [], position);
}
