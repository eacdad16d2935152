import { writeJson } from '../../documents/json-document.ts';
import type { PythonValue } from '../../documents/python-value.ts';
import { notebookOutput } from '../notebook.ts';
import type { CodeAction, NotebookAction } from '../python-action.ts';
import type { RunModules } from './modules.ts';

/** What the program of a code or notebook step reads (`ctl/call.json`), as far as it is known when the run starts. */
export interface PlannedCall {
  readonly program: 'code' | 'notebook';
  /** Only for a notebook step: the path of the executed notebook. */
  readonly executed?: string;
  /** JSON text of an object: everything but the context. */
  readonly request: string;
  /** Context: variable → JSON text of its value. */
  readonly context: Readonly<Record<string, string>>;
  /** Context: variable → index of the step whose result is its value. */
  readonly results: Readonly<Record<string, number>>;
}

interface Context {
  /** Values of the workflow's variables. */
  readonly values: ReadonlyMap<string, PythonValue>;
  /** Variables that earlier steps set, with the index of the step. */
  readonly results: ReadonlyMap<string, number>;
}

/** Returns the call of a code step. */
export function codeCall(action: CodeAction, modules: RunModules, context: Context): PlannedCall {
  const { func, result, mapping } = action;
  const others: PythonValue = { ...modules.others };
  const request = { func, arg: result, variables: pairs(mapping), modules: { ...modules, others } };
  return { program: 'code', request: writeJson(request), ...contextOf(context) };
}

/** Returns the call of a notebook step: the context has only the variables of its parameters. */
export function notebookCall(action: NotebookAction, context: Context): PlannedCall {
  const { notebook, params, requirements, mapping } = action;
  const variables = new Map(mapping.map((entry) => [entry.arg, entry.var]));
  const used = new Set(params.map((name) => variables.get(name) ?? name));
  const request = {
    notebook,
    output: notebookOutput(action),
    params,
    requirements,
    variables: pairs(mapping),
  };
  const executed = request.output;
  return {
    program: 'notebook',
    executed,
    request: writeJson(request),
    ...contextOf(context, (name) => used.has(name)),
  };
}

const pairs = (mapping: CodeAction['mapping']): PythonValue =>
  mapping.map((entry) => ({ arg: entry.arg, var: entry.var }));

function contextOf({ values, results }: Context, isUsed: (name: string) => boolean = () => true) {
  const known = [...values].filter(([name]) => isUsed(name) && !results.has(name));
  return {
    context: Object.fromEntries(known.map(([name, value]) => [name, writeJson(value)])),
    results: Object.fromEntries([...results].filter(([name]) => isUsed(name))),
  };
}

/**
 * Returns the text of `ctl/call.json`.
 *
 * @param resultOf returns the JSON text of a step's result.
 */
export function callDocument(
  { request, context, results }: PlannedCall,
  resultOf: (step: number) => string,
): string {
  const made = Object.entries(results).map(([name, step]): [string, string] => [name, resultOf(step)]);
  const members = [...Object.entries(context), ...made].map(
    ([name, json]) => `${JSON.stringify(name)}:${json}`,
  );
  return `${request.slice(0, -1)},"context":{${members.join(',')}}}`;
}
