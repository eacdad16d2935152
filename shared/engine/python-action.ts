import { listAt, mappingAt, requiredPath, requiredText, textList } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';

/** The function or notebook argument `arg` takes the value of the context variable `var`. */
interface ArgumentMapping {
  readonly arg: string;
  readonly var: string;
}

/** What code and notebook steps have in common. */
interface PythonAction {
  /** Image reference, which may contain `$[[…]]` references; null for the image of the worker or of the stage. */
  readonly image: string | null;
  readonly mapping: readonly ArgumentMapping[];
}

/** A Python callable that runs with the context of the workflow. */
export interface CodeAction extends PythonAction {
  readonly kind: 'code';
  /** Dotted import path. */
  readonly func: string;
  /** Context variable that receives the result, or null when the result is dropped. */
  readonly result: string | null;
}

/** A notebook that is executed with papermill. */
export interface NotebookAction extends PythonAction {
  readonly kind: 'notebook';
  readonly notebook: string;
  readonly output: string | null;
  readonly params: readonly string[];
  readonly requirements: readonly string[];
}

export const CODE_KEYS = ['environment', 'image', 'func', 'arg', 'variables'];
export const NOTEBOOK_KEYS = [
  ...['environment', 'image', 'notebook', 'output', 'params', 'requirements', 'variables'],
];

const NAMES = { entries: 1000 };
/** Longest dotted path, and longest name of a variable or parameter. */
const MAX_NAME = 200;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const DOTTED_PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/;
/** Names of R may contain dots. */
const PARAMETER = /^[A-Za-z_.][A-Za-z0-9_.]*$/;
/**
 * A package by name with a version, or by a link. Options of pip and paths are refused: a path is a folder of the run,
 * whose `setup.py` pip would run.
 */
const PACKAGE = /^[A-Za-z0-9][^/\\@\p{Cc}]*$/u;
const LINKED_PACKAGE =
  /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._, -]*\])? *@ *(?:git\+)?https:\/\/[!-~]+$/;
const MAX_REQUIREMENT = 500;

/** Reads the action of a code step (flowServ engine specification, step types). */
export function readCode(action: PythonMapping, location: Location): CodeAction {
  const func = requiredText(action, 'func', location).trim();
  if (func !== '' && (func.length > MAX_NAME || !DOTTED_PATH.test(func))) {
    const hint = "write the module and the function, such as 'code.scores.mean'";
    report(below(location, 'func'), `'${quotedText(func)}' is not the path of a Python function; ${hint}`);
  }
  const result = given(action, 'arg') ? requiredText(action, 'arg', location) : null;
  if (result !== null) checkName(result, IDENTIFIER, below(location, 'arg'));
  return {
    kind: 'code',
    func,
    result,
    image: readImage(action, location),
    mapping: readMapping(action, location),
  };
}

/** Reads the action of a notebook step. */
export function readNotebook(action: PythonMapping, location: Location): NotebookAction {
  const notebook = requiredPath(action, 'notebook', 'file', location);
  const output = given(action, 'output') ? requiredPath(action, 'output', 'file', location) : null;
  checkPath(notebook, below(location, 'notebook'));
  if (output !== null) checkPath(output, below(location, 'output'));
  const params = textList(action, 'params', location, NAMES);
  for (const [i, name] of params.entries()) {
    checkName(name, PARAMETER, below(below(location, 'params'), i));
  }
  const requirements = textList(action, 'requirements', location, NAMES).map((text) => text.trim());
  for (const [i, text] of requirements.entries()) {
    checkRequirement(text, below(below(location, 'requirements'), i));
  }
  const common = { image: readImage(action, location), mapping: readMapping(action, location) };
  return { kind: 'notebook', notebook, output, params, requirements, ...common };
}

function readImage(action: PythonMapping, location: Location): string | null {
  const key = given(action, 'environment') ? 'environment' : 'image';
  return given(action, key) ? requiredText(action, key, location).trim() : null;
}

function readMapping(action: PythonMapping, location: Location): readonly ArgumentMapping[] {
  const at = below(location, 'variables');
  const entries = listAt(action.variables ?? [], at);
  if (entries.length > NAMES.entries) report(at, `more than ${NAMES.entries} entries`);
  return entries.slice(0, NAMES.entries).map((entry, i) => {
    const here = below(at, i);
    const fields = mappingAt(entry, here);
    return { arg: requiredText(fields, 'arg', here), var: requiredText(fields, 'var', here) };
  });
}

function checkName(name: string, pattern: RegExp, location: Location): void {
  if (name.length <= MAX_NAME && pattern.test(name)) return;
  report(location, `'${quotedText(name)}' is not a name of at most ${MAX_NAME} letters, digits and '_'`);
}

/** Only the template decides which notebook runs. Papermill replaces names in braces by values of parameters. */
function checkPath(path: string, location: Location): void {
  if (!/[{}]|\$\[\[/.test(path)) return;
  report(location, `the path '${quotedText(path)}' cannot contain braces or references; use a fixed path`);
}

function checkRequirement(text: string, location: Location): void {
  const isPackage = PACKAGE.test(text) || LINKED_PACKAGE.test(text);
  if (isPackage && text.length <= MAX_REQUIREMENT) return;
  const hint = "write a package such as 'numpy==2.1' or 'tool @ https://example.org/tool.zip'";
  report(location, `'${quotedText(text)}' is not a package; ${hint}`);
}

const given = (action: PythonMapping, key: string): boolean => (action[key] ?? null) !== null;
