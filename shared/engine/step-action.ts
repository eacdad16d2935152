import { mappingAt, requiredText, textList } from '../documents/fields.ts';
import { below, type Location, report, withoutProblems } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import {
  isList,
  isMapping,
  type PythonMapping,
  type PythonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import { visitReferences, wholeReference } from '../template/references.ts';
import { warnOfUnknownKeys } from '../template/template-warnings.ts';
import {
  CODE_KEYS,
  type CodeAction,
  NOTEBOOK_KEYS,
  type NotebookAction,
  readCode,
  readNotebook,
} from './python-action.ts';

/** Commands run by `/bin/sh` in a container of the image. */
export interface ContainerAction {
  readonly kind: 'container';
  /** Image reference; may contain `$[[…]]` references. */
  readonly image: string;
  readonly commands: readonly string[];
  /** May not contain references: a variable such as `PYTHONPATH` chooses code, so no argument may set one. */
  readonly env: ReadonlyMap<string, PythonValue>;
}

/** A step supplied as the argument of an actor parameter. */
interface ActorAction {
  readonly kind: 'actor';
  readonly parameter: string;
}

export type SuppliedAction = ContainerAction | CodeAction | NotebookAction;
export type StepAction = SuppliedAction | ActorAction;

/** Commands are scanned as shell text, which takes seconds for a megabyte. */
const COMMANDS = { entries: 1000, characters: 65_536, total: 262_144 };
const CONTAINER_KEYS = ['environment', 'image', 'commands', 'env'];
const STEP_TYPES =
  "a container step has 'environment' and 'commands', a code step 'func', a notebook step 'notebook'";

/**
 * Reads the action of a step, or the value of an actor argument, and reports its problems.
 *
 * Also accepts the spellings of clients and older templates: `image` for `environment`, and the pair `['container',
 * {…}]` (flowServ template specification, actor parameters).
 *
 * @param others keys that are allowed in addition to those of the action.
 */
export function readAction(
  value: PythonValue,
  location: Location,
  others: readonly string[] = [],
): SuppliedAction | undefined {
  const action = isMapping(value) ? value : pairedAction(value);
  const knows = (keys: readonly string[]) => warnOfUnknownKeys(action ?? {}, [...keys, ...others], location);
  if (action && has(action, 'commands') && (has(action, 'environment') || has(action, 'image'))) {
    knows(CONTAINER_KEYS);
    return readContainer(action, location);
  }
  if (action && has(action, 'func')) {
    knows(CODE_KEYS);
    return readCode(action, location);
  }
  if (action && has(action, 'notebook')) {
    knows(NOTEBOOK_KEYS);
    return readNotebook(action, location);
  }
  const shown = action ? `with keys ${quotedText(Object.keys(action).join(', '))}` : `'${quotedText(value)}'`;
  report(location, `invalid action specification ${shown}; ${STEP_TYPES}`);
  return undefined;
}

/**
 * Reads an action outside a workflow, such as the argument of an actor parameter.
 *
 * @param path location of the value for messages, e.g. `argument 'model'`.
 * @throws FlowservError 400 if no step type matches or a field has the wrong shape.
 */
export function parseAction(value: unknown, path: string): SuppliedAction {
  const read = (location: Location) => readAction(toPythonValue(value), location);
  const action = withoutProblems(path, read);
  if (!action) throw new Error('an action without problems has a step type');
  return action;
}

/** Returns the parameter's name if a value is exactly one unconditional reference, else null. */
export function actorReference(value: PythonValue | undefined): string | null {
  const reference = typeof value === 'string' ? wholeReference(value.trim()) : undefined;
  return reference === undefined || reference.branches || reference.name === '' ? null : reference.name;
}

function readContainer(action: PythonMapping, location: Location): ContainerAction {
  const key = has(action, 'environment') ? 'environment' : 'image';
  return {
    kind: 'container',
    image: requiredText(action, key, location).trim(),
    commands: textList(action, 'commands', location, COMMANDS),
    env: readEnvironment(action.env, below(location, 'env')),
  };
}

function readEnvironment(
  value: PythonValue | undefined,
  location: Location,
): ReadonlyMap<string, PythonValue> {
  const variables = environmentPairs(value, location);
  for (const [name, text] of variables) {
    visitReferences(text, below(location, name), ({ source }, at) => {
      report(at, `an argument cannot be in the environment of a step; use ${source} in a command`);
    });
  }
  return variables;
}

/** A mapping, or flowServ's list of `{key, value}`. */
function environmentPairs(
  value: PythonValue | undefined,
  location: Location,
): ReadonlyMap<string, PythonValue> {
  if (value === undefined || value === null) return new Map();
  if (isMapping(value)) return new Map(Object.entries(value));
  if (!isList(value)) {
    report(location, 'must be a mapping or a list of {key, value}');
    return new Map();
  }
  const pairs = value.map((entry, i): [string, PythonValue] => {
    const at = below(location, i);
    const fields = mappingAt(entry, at);
    return [requiredText(fields, 'key', at), fields.value ?? null];
  });
  return new Map(pairs);
}

function pairedAction(value: PythonValue): PythonMapping | undefined {
  if (!isList(value) || value.length !== 2) return undefined;
  const [kind, action] = value;
  return typeof kind === 'string' && isMapping(action) ? action : undefined;
}

function has(action: PythonMapping, key: string): boolean {
  return (action[key] ?? null) !== null;
}
