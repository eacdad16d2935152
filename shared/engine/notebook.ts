import { pythonText } from '../documents/python-text.ts';
import type { PythonValue } from '../documents/python-value.ts';
import type { NotebookAction } from './step-action.ts';

/**
 * Path of an executed notebook: the declared output, or the path of the notebook with `.out` before its suffix
 * (flowServ engine specification, step types).
 */
export function notebookOutput({ notebook, output }: Pick<NotebookAction, 'notebook' | 'output'>): string {
  return output ?? `${notebook.replace(/\.ipynb$/, '')}.out.ipynb`;
}

/**
 * Returns the command that executes a notebook with papermill. A parameter takes the value of the variable that it is
 * mapped to, or of the variable with its own name; a parameter without a value is left out. Text values are in double
 * quotes.
 *
 * @param context values of the workflow's variables by name.
 */
export function notebookCommand(action: NotebookAction, context: ReadonlyMap<string, PythonValue>): string {
  const mapped = new Map(action.mapping.map((entry) => [entry.arg, entry.var]));
  const parameters = action.params.flatMap((name) => {
    const value = context.get(mapped.get(name) ?? name);
    if (value === undefined) return [];
    return [`-p ${name} ${typeof value === 'string' ? `"${value}"` : pythonText(value)}`];
  });
  return ['papermill', action.notebook, notebookOutput(action), ...parameters].join(' ');
}
