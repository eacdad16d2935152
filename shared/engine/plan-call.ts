import { toPythonValue } from '../documents/python-value.ts';
import { notebookOutput } from './notebook.ts';
import { resultsSeen } from './plan-commands.ts';
import type { PlanPlace } from './plan-input.ts';
import type { CodeAction, NotebookAction } from './python-action.ts';
import { codeCall, notebookCall } from './python-steps/call.ts';
import { pythonCommand } from './python-steps/command.ts';
import { type RunModules, runModules } from './python-steps/modules.ts';
import { checkInstalls, requirementsOf } from './python-steps/settings.ts';
import { runFilePath, runPath } from './run-paths.ts';
import type { PlannedStep } from './run-plan.ts';

/** Plans a code or notebook step: one command that starts our program, and what the program reads. */
export function planCall(
  action: CodeAction | NotebookAction,
  place: PlanPlace,
): Pick<PlannedStep, 'commands' | 'variables' | 'call' | 'sets'> {
  const { step, worker, known, planning } = place;
  const sets = action.kind === 'code' ? action.result : null;
  const commands = [pythonCommand(worker.variables.get('python'), sets !== null)];
  const values = new Map([...known.values].map(([name, value]) => [name, toPythonValue(value)]));
  const context = { values, results: resultsSeen(place).seen };
  if (action.kind === 'code') {
    const call = codeCall(action, modulesOf(action, place), context);
    return { commands, variables: {}, call, ...(sets !== null && { sets }) };
  }
  checkInstalls(action, step.name, worker, planning.input.python);
  const notebook = runFilePath(action.notebook, 'notebook');
  const output = runFilePath(notebookOutput(action), 'notebook');
  const requirements = requirementsOf(action, worker);
  const call = notebookCall({ ...action, notebook, output, requirements }, context);
  return { commands, variables: {}, call };
}

/** A participant's step may import any file of its run; the organiser's only what the template names. */
function modulesOf({ func }: CodeAction, { isTheirs, participantCode, planning }: PlanPlace): RunModules {
  if (isTheirs) return { function: 'any', others: {} };
  const { input, runOutputs, sharedOutputs } = planning;
  const { workflow, staticFiles, privateFiles } = input;
  const isFixed = (path: string) => path !== '' && !path.includes('$[[');
  const made = workflow.steps.flatMap((step) => step.outputs).filter(isFixed);
  const declared = [
    ...[...made, ...runOutputs, ...sharedOutputs].map((path) => runPath(path, 'output')),
    ...input.uploads.filter((upload) => upload.declared).map(({ path }) => path),
    ...input.copies.map(({ target }) => target),
  ];
  return runModules(func, {
    staticFiles: participantCode ? staticFiles : [...staticFiles, ...privateFiles],
    declared,
  });
}
