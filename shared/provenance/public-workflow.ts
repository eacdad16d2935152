import { exactJson } from '../documents/exact-json.ts';
import { parseSerialWorkflow, type WorkflowStep } from '../engine/serial-workflow.ts';
import { FlowservError } from '../errors.ts';
import { isPrivate, pathsByAccess } from '../template/file-access.ts';
import { withoutFiles } from '../template/named-files.ts';
import { outputDocument } from '../template/outputs.ts';
import { parameterViews } from '../template/parameters.ts';
import { resultsDocument } from '../template/result-schema.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { WorkflowEntry } from '../workflows/workflow.ts';

/**
 * Returns the template of a version as participants may see it. The environment of steps and of workers is never part
 * of it. If the version has private files, steps have only their names, because other texts of a step may name private
 * files; error messages of a run follow the same rule.
 */
export function publicWorkflow(entry: WorkflowEntry, { id, template, files }: WorkflowVersion) {
  const { workflow, parameters, parameterGroups, outputs, results, postproc } = template;
  const hidesSteps = files.some(isPrivate);
  return {
    name: entry.name,
    version: id,
    ...(entry.description === null ? {} : { description: entry.description }),
    ...(entry.instructions === null ? {} : { instructions: entry.instructions }),
    parameters: parameterViews(withoutFiles(parameters, pathsByAccess(files).private)),
    ...(parameterGroups ? { parameterGroups } : {}),
    workflow: workflowView(workflow, hidesSteps),
    ...(outputs ? { outputs: outputs.map((output) => exactJson(outputDocument(output))) } : {}),
    ...(results ? { results: exactJson(resultsDocument(results)) } : {}),
    ...(postproc ? { postproc: { workflow: workflowView(postproc.workflow, hidesSteps) } } : {}),
  };
}

function workflowView(workflow: unknown, hidesSteps: boolean) {
  const steps = stepsOf(workflow);
  return { steps: hidesSteps ? steps.map(({ name }) => ({ name })) : steps.map(stepView) };
}

/** The steps of a workflow; none if a template of an earlier release can no longer be read. */
function stepsOf(workflow: unknown): readonly WorkflowStep[] {
  try {
    return parseSerialWorkflow(workflow).steps;
  } catch (error) {
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

/** Only listed fields are shown, so that a new field of a step is not shown by accident. */
function stepView({ name, action, inputs, outputs }: WorkflowStep) {
  const files = { inputs, outputs };
  if (action.kind === 'container') {
    return { name, image: action.image, commands: action.commands, files };
  }
  return { name, type: action.kind, ...(action.kind === 'actor' ? { actor: action.parameter } : {}), files };
}
