import type * as z from 'zod';
import { type Flow, type State, type StateMachine, stateMachineSchema } from './definition.ts';
import {
  ExpressionError,
  type ExpressionScope,
  expressionText,
  isExpression,
  type StatesField,
} from './expression.ts';
import { checkExpression } from './expression-check.ts';
import { type Json, toJson } from './json.ts';
import { languageFault } from './language-fault.ts';

/** A problem of a definition. */
interface Problem {
  /** Slash-separated path into the definition, e.g. `/States/Step 0/Retry/0/ErrorEquals`. */
  readonly location: string;
  readonly message: string;
}

/** A definition that is not valid; the message contains every problem with its location. */
export class DefinitionError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ location, message }) => `${location || '/'}: ${message}`).join('; '));
    this.problems = problems;
  }
}

/**
 * Parses a definition and checks it in three ways: by a strict schema of the supported subset, by asl-validator
 * (targets, reachability, the language's own schema), and each JSONata expression.
 *
 * @throws DefinitionError.
 */
export function parseStateMachine(text: string): StateMachine {
  const document = parseJson(text);
  const parsed = stateMachineSchema.safeParse(document);
  if (!parsed.success) throw new DefinitionError(parsed.error.issues.flatMap(schemaProblems));
  const problems = [...flowProblems(parsed.data), ...expressionProblems(parsed.data)];
  if (problems.length > 0) throw new DefinitionError(problems);
  const message = languageFault(parsed.data);
  if (message !== undefined) throw new DefinitionError([{ location: '', message }]);
  return parsed.data;
}

/** Definitions in use, by their text: executions of one state machine share a parsed definition. */
const accepted = new Map<string, StateMachine>();
const MAX_ACCEPTED = 100;

/**
 * Parses a definition that was accepted before, without the expensive checks.
 *
 * @throws ZodError when the stored text is not a supported definition.
 */
export function readDefinition(text: string): StateMachine {
  const known = accepted.get(text);
  if (known) return known;
  if (accepted.size >= MAX_ACCEPTED) accepted.clear();
  const stateMachine = stateMachineSchema.parse(JSON.parse(text));
  accepted.set(text, stateMachine);
  return stateMachine;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DefinitionError([{ location: '', message: `not valid JSON: ${message}` }]);
  }
}

/** A union's own message is vague. If one of its options matched deeper in the value, reports that option's issues. */
function schemaProblems(issue: z.core.$ZodIssue): Problem[] {
  const at = (path: readonly PropertyKey[]) => path.map((key) => `/${String(key)}`).join('');
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.find((option) =>
      option.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    const inner = deeper?.flatMap(schemaProblems) ?? [];
    if (inner.length > 0)
      return inner.map((entry) => ({ ...entry, location: at(issue.path) + entry.location }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      location: at([...issue.path, key]),
      message: 'field is not supported',
    }));
  }
  return [{ location: at(issue.path), message: issue.message }];
}

/** Checks transitions: every target exists at its level, and every state has exactly one of Next and End. */
function flowProblems({ StartAt, States }: Flow, at = ''): Problem[] {
  const known = (location: string, target: string | undefined): Problem[] =>
    target === undefined || Object.hasOwn(States, target)
      ? []
      : [{ location, message: `state '${target}' does not exist` }];
  return [
    ...known(`${at}/StartAt`, StartAt),
    ...Object.entries(States).flatMap(([name, state]) => {
      const here = `${at}/States/${name}`;
      return [
        ...targets(state).flatMap(([field, target]) => known(`${here}/${field}`, target)),
        ...ending(here, state),
        ...(state.Type === 'Map' ? flowProblems(state.ItemProcessor, `${here}/ItemProcessor`) : []),
      ];
    }),
  ];
}

function targets(state: State): [string, string | undefined][] {
  if (state.Type === 'Choice') {
    const rules = state.Choices.map((rule, index): [string, string] => [`Choices/${index}/Next`, rule.Next]);
    return [...rules, ['Default', state.Default]];
  }
  if (state.Type === 'Succeed' || state.Type === 'Fail') return [];
  const caught = state.Type === 'Task' || state.Type === 'Map' ? (state.Catch ?? []) : [];
  return [
    ['Next', state.Next],
    ...caught.map((entry, index): [string, string] => [`Catch/${index}/Next`, entry.Next]),
  ];
}

function ending(location: string, state: State): Problem[] {
  if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return [];
  if ((state.Next === undefined) !== (state.End === undefined)) return [];
  return [{ location, message: 'must have exactly one of Next and End' }];
}

/** One field of a state, with the members of `$states` during its evaluation. */
type Field = readonly [location: string, value: Json | undefined, states: readonly StatesField[]];

function fields(state: State): Field[] {
  const plain: readonly StatesField[] = ['input', 'context'];
  switch (state.Type) {
    case 'Task':
      return [
        ['Arguments', toJson(state.Arguments), plain],
        ['TimeoutSeconds', state.TimeoutSeconds, plain],
        ...outcome('', state, [...plain, 'result']),
        ...caught(state),
      ];
    case 'Map':
      return [['Items', state.Items, plain], ...outcome('', state, [...plain, 'result']), ...caught(state)];
    case 'Choice':
      return [
        ...outcome('', state, plain),
        ...state.Choices.flatMap((rule, index): Field[] => [
          [`Choices/${index}/Condition`, rule.Condition, plain],
          ...outcome(`Choices/${index}/`, rule, plain),
        ]),
      ];
    case 'Wait':
      return [['Seconds', state.Seconds, plain], ...outcome('', state, plain)];
    case 'Fail':
      return [
        ['Error', state.Error, plain],
        ['Cause', state.Cause, plain],
      ];
    default:
      return outcome('', state, plain);
  }
}

const caught = ({ Catch = [] }: Extract<State, { Type: 'Task' | 'Map' }>): Field[] =>
  Catch.flatMap((entry, index) => outcome(`Catch/${index}/`, entry, ['input', 'context', 'errorOutput']));

interface Outcome {
  readonly Assign?: { [key: string]: Json } | undefined;
  readonly Output?: Json | undefined;
}

const outcome = (prefix: string, { Assign, Output }: Outcome, states: readonly StatesField[]): Field[] => [
  [`${prefix}Assign`, Assign, states],
  [`${prefix}Output`, Output, states],
];

/**
 * Checks the expressions. The states of a Map may read the variables around it, but not assign them, and other states
 * cannot read theirs (AWS Step Functions developer guide, "Passing data between states with variables").
 */
function expressionProblems({ States }: Flow, at = '', around: ReadonlySet<string> = new Set()): Problem[] {
  const all = Object.entries(States).flatMap(([name, state]) =>
    fields(state).map((field) => ({ location: `${at}/States/${name}/${field[0]}`, field })),
  );
  const assigned = all.flatMap(({ location, field: [, value] }) =>
    location.endsWith('Assign') && value ? Object.keys(value).map((name) => ({ location, name })) : [],
  );
  const taken = assigned.filter(({ name }) => around.has(name));
  const variables = new Set([...around, ...assigned.map(({ name }) => name)]);
  return [
    ...taken.map(({ location, name }) => ({
      location: `${location}/${name}`,
      message: 'is a variable of the states around the Map',
    })),
    ...all.flatMap(({ location, field: [, value, states] }) =>
      templateProblems(location, value, { states: new Set(states), variables }),
    ),
    ...Object.entries(States).flatMap(([name, state]) =>
      state.Type === 'Map'
        ? expressionProblems(state.ItemProcessor, `${at}/States/${name}/ItemProcessor`, variables)
        : [],
    ),
  ];
}

function templateProblems(location: string, value: Json | undefined, scope: ExpressionScope): Problem[] {
  if (typeof value === 'string') return isExpression(value) ? expressionProblem(location, value, scope) : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    templateProblems(`${location}/${key}`, entry, scope),
  );
}

function expressionProblem(location: string, value: string, scope: ExpressionScope): Problem[] {
  try {
    checkExpression(expressionText(value), scope);
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [{ location, message: error.message }];
  }
}
