import type { NotebookAction } from './python-action.ts';

/**
 * Path of an executed notebook: the declared output, or the path of the notebook with `.out` before its suffix
 * (flowServ engine specification, step types).
 */
export function notebookOutput({ notebook, output }: Pick<NotebookAction, 'notebook' | 'output'>): string {
  return output ?? `${notebook.replace(/\.ipynb$/, '')}.out.ipynb`;
}
