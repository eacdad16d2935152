/**
 * Complete workflow steps as arguments.
 *
 * Source: flowServ template specification, actor parameters; engine specification, serial grammar.
 */
import { exactJson } from '../../documents/exact-json.ts';
import { defined } from '../../documents/fields.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault, inside } from './cast-context.ts';
import {
  type Declaration,
  type Entry,
  type Form,
  type ParameterBase,
  type Schema,
  WITHOUT_NUL,
  withoutFiles,
} from './descriptor.ts';
import { addFile, parseUpload } from './file.ts';
import { readJsonEntry } from './json-entry.ts';

/** A parameter whose argument is a complete workflow step. */
export interface ActorParameter extends ParameterBase {
  readonly dtype: 'actor';
}

export const declaration: Declaration<ActorParameter> = {
  elements: [],
  read: (base) => base,
  document: () => ({}),
  ...withoutFiles,
};

function requireText(value: PythonValue | undefined, what: string, context: CastContext): string {
  if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value;
  throw castFault(context, `${what} must be text that is not blank`);
}

function optionalText(
  value: PythonValue | undefined,
  what: string,
  context: CastContext,
): string | undefined {
  return value === undefined || value === null ? undefined : requireText(value, what, context);
}

function textList(value: PythonValue | undefined, what: string, context: CastContext): readonly string[] {
  if (!isList(value)) throw castFault(context, `${what} must be a list of texts`);
  return value.map((item, i) => requireText(item, `${what}[${i}]`, context));
}

function optionalTexts(value: PythonValue | undefined, what: string, context: CastContext) {
  return value === undefined || value === null ? undefined : textList(value, what, context);
}

/** `variables` of code and notebook steps: pairs of a function argument and a context variable. */
function variableList(value: PythonValue | undefined, context: CastContext) {
  if (value === undefined || value === null) return undefined;
  if (!isList(value)) throw castFault(context, 'variables must be a list of {arg, var}');
  return value.map((item): PythonMapping => {
    const pair: PythonMapping = isMapping(item) ? item : {};
    return { arg: requireText(pair.arg, 'arg', context), var: requireText(pair.var, 'var', context) };
  });
}

/** Reads a container step. Drops keys that the step grammar ignores; `image` is another name of `environment`. */
function containerStep(fields: PythonMapping, context: CastContext): PythonMapping {
  const environment = requireText(fields.environment ?? fields.image, 'environment', context);
  const commands = textList(fields.commands, 'commands', context);
  if (commands.length === 0) throw castFault(context, 'commands must contain at least one command');
  return { environment, commands };
}

function codeStep(fields: PythonMapping, context: CastContext): PythonMapping {
  const members = {
    environment: optionalText(fields.environment ?? fields.image, 'environment', context),
    func: requireText(fields.func, 'func', context),
    arg: optionalText(fields.arg, 'arg', context),
    variables: variableList(fields.variables, context),
  };
  return { ...defined(members) };
}

function notebookStep(fields: PythonMapping, context: CastContext): PythonMapping {
  const members = {
    environment: optionalText(fields.environment ?? fields.image, 'environment', context),
    notebook: requireText(fields.notebook, 'notebook', context),
    output: optionalText(fields.output, 'output', context),
    params: optionalTexts(fields.params, 'params', context),
    requirements: optionalTexts(fields.requirements, 'requirements', context),
    variables: variableList(fields.variables, context),
  };
  return { ...defined(members) };
}

/** Returns the step mapping of either wire form: the mapping itself, or the pair `['container', mapping]`. */
function stepFields(value: PythonValue, context: CastContext): PythonMapping {
  const isPair = isList(value) && value.length === 2 && value[0] === 'container';
  const step = isPair ? value[1] : value;
  if (isMapping(step)) return step;
  throw castFault(context, `invalid actor value '${quotedText(value)}'`);
}

function addExtraFiles(files: PythonValue | undefined, context: CastContext): void {
  if (files === undefined || files === null) return;
  if (!isList(files)) throw castFault(context, 'files must be a list of {fileId, targetPath}');
  for (const [i, file] of files.entries()) {
    const at = inside(inside(context, 'files'), i);
    const { fileId, userPath } = parseUpload(file, at);
    if (userPath === undefined) throw castFault(at, 'missing target path');
    addFile(fileId, userPath, false, at);
  }
}

/**
 * Returns the action of a step in canonical form (`{environment, commands}`, `{func, …}` or `{notebook, …}`), from a
 * mapping or the pair `['container', …]`. Adds uploads under `files` to the run's files.
 */
export function cast(_parameter: ActorParameter, value: PythonValue, context: CastContext): PythonMapping {
  const fields = stepFields(value, context);
  addExtraFiles(fields.files, context);
  const has = (key: string) => Object.hasOwn(fields, key);
  // The order in which the engine recognises steps.
  if ((has('environment') || has('image')) && has('commands')) return containerStep(fields, context);
  if (has('func')) return codeStep(fields, context);
  return has('notebook') ? notebookStep(fields, context) : containerStep(fields, context);
}

const containerSchema: Schema = {
  type: 'object',
  properties: {
    environment: { type: 'string', title: 'Container image', minLength: 1, pattern: '\\S', ...WITHOUT_NUL },
    commands: {
      type: 'array',
      title: 'Commands',
      items: { type: 'string', minLength: 1, pattern: '\\S', ...WITHOUT_NUL },
      minItems: 1,
    },
  },
  required: ['environment', 'commands'],
  additionalProperties: false,
};

export const form: Form<ActorParameter> = {
  schema: () => containerSchema,
  plain: (_parameter, value) =>
    isMapping(value) && value.commands !== undefined ? exactJson(value) : undefined,
};

export const entry: Entry = (text) => readJsonEntry(text, { type: 'a step', example: EXAMPLE });

/** A step as a participant writes it. */
const EXAMPLE = '{"environment": "python:3.12", "commands": ["python work/predict.py"]}';
