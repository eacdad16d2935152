import * as z from 'zod';
import { invalid, invalidTemplate } from '../errors.ts';
import { isRecord, parseAt } from './document.ts';
import { isLegacyWorkflow, translateLegacyWorkflow } from './legacy-workflow.ts';
import { parseAction, type StepAction, wholeReference } from './step-action.ts';

/**
 * How values reach a command: as shell variables (`variables`, safe), or pasted into its text (`text`, as
 * the original flowServ does, which lets an argument run commands of its own).
 */
export type Expansion = 'variables' | 'text';

/** A serial workflow in one form, whichever grammar it was written in; references are not yet expanded. */
export interface SerialWorkflow {
  readonly grammar: 'current' | 'legacy';
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  /** Variable → value, in the order of the document. */
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly steps: readonly WorkflowStep[];
}

export interface WorkflowStep {
  readonly name: string;
  readonly action: StepAction;
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly expansion: Expansion;
}

/** A definition holds at most 1 MB, a step is 2.1 kB of it, 2.6 kB as JSON inside JSON (AWS Step Functions quotas). */
const MAX_STEPS = 200;
const MAX_PATHS = 10_000;

const paths = z.array(z.string()).max(MAX_PATHS).nullish();
const files = z.object({ inputs: paths, outputs: paths }).nullish();
const expansion = z.enum(['variables', 'text']).nullish();
const workflowSchema = z.object({
  files,
  parameters: z.unknown().optional(),
  expansion,
  steps: z.array(z.unknown()).max(MAX_STEPS).nullish(),
});
const stepSchema = z.object({ name: z.string().min(1), files, expansion });

/**
 * Reads a serial workflow: flowServ's current grammar, or the REANA-like one of older templates, which is
 * translated (flowServ serial workflow specification).
 *
 * @param spec The content of the template's key `workflow`.
 * @throws FlowservError 400 `template.invalid`; the message carries the path of the faulty part.
 */
export function parseSerialWorkflow(spec: unknown): SerialWorkflow {
  if (!isRecord(spec)) {
    throw invalidTemplate('workflow: expected a mapping');
  }
  const legacy = isLegacyWorkflow(spec);
  const document = parseAt(workflowSchema, legacy ? translateLegacyWorkflow(spec) : spec, 'workflow');
  const steps = document.steps ?? [];
  if (steps.length === 0) {
    throw invalidTemplate('workflow.steps: the workflow has no steps');
  }
  return {
    grammar: legacy ? 'legacy' : 'current',
    inputs: document.files?.inputs ?? [],
    outputs: document.files?.outputs ?? [],
    parameters: parseParameters(document.parameters),
    steps: steps.map((step, index) =>
      parseStep(step, `workflow.steps[${index}]`, document.expansion ?? 'variables'),
    ),
  };
}

/**
 * Refuses a workflow whose steps this installation cannot run.
 *
 * Container steps run, and actor steps are checked when their argument arrives; code and notebook steps are
 * read, so that their templates can be shown, but there is no worker for them.
 *
 * @throws FlowservError 400 `workflow.step-type`.
 */
export function checkRunnable(workflow: SerialWorkflow): void {
  for (const step of workflow.steps) {
    if (step.action.kind !== 'actor') {
      checkRunnableAction(step.name, step.action.kind);
    }
  }
}

/** @throws FlowservError 400 `workflow.step-type` for a step type without a worker. */
export function checkRunnableAction(step: string, kind: StepAction['kind']): void {
  if (kind !== 'container') {
    throw invalid(
      'workflow.step-type',
      `step '${step}': ${kind} steps cannot be run here, only container steps; run the ${kind} from a command`,
    );
  }
}

/** Sentences for the organiser about steps whose arguments can run commands of their own. */
export function workflowWarnings(workflow: SerialWorkflow): string[] {
  return workflow.steps
    .filter((step) => step.expansion === 'text')
    .map((step) => `step '${step.name}': expansion 'text' lets an argument run commands in this step`);
}

function parseStep(step: unknown, path: string, inherited: Expansion): WorkflowStep {
  const fields = parseAt(stepSchema, step, path);
  const action = isRecord(step) ? step.action : undefined;
  if (action === undefined) {
    throw invalidTemplate(`${path}.action: missing element 'action'`);
  }
  const parameter = wholeReference(action);
  return {
    name: fields.name,
    action: parameter === null ? parseAction(action, `${path}.action`) : { kind: 'actor', parameter },
    inputs: fields.files?.inputs ?? [],
    outputs: fields.files?.outputs ?? [],
    expansion: fields.expansion ?? inherited,
  };
}

/** A mapping, or the list of one-key mappings that flowServ's documentation shows. */
function parseParameters(value: unknown): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) {
    return new Map();
  }
  if (isRecord(value)) {
    return new Map(Object.entries(value));
  }
  if (!Array.isArray(value)) {
    throw invalidTemplate('workflow.parameters: expected a mapping');
  }
  return new Map(
    value.map((entry: unknown, index): [string, unknown] => {
      const pair = isRecord(entry) ? Object.entries(entry) : [];
      if (pair[0] === undefined || pair.length > 1) {
        throw invalidTemplate(`workflow.parameters[${index}]: expected a mapping with one key`);
      }
      return pair[0];
    }),
  );
}
