import { notebookOutput } from './notebook.ts';
import { filesOfCall } from './python-steps/modules.ts';
import type { StepAction } from './step-action.ts';

/** Returns the texts in which an action names files: its commands, the files of its function, or its notebooks. */
export function pathsIn(action: StepAction): readonly string[] {
  if (action.kind === 'actor') return [];
  if (action.kind === 'container') return action.commands;
  return [...filesOfCall(action), ...(action.kind === 'notebook' ? [notebookOutput(action)] : [])];
}
