import { invalidTemplate } from '../errors.ts';
import { isRecord } from './document.ts';
import { wholeReference } from './step-action.ts';

/**
 * Whether a workflow specification is written in the REANA-like grammar of flowServ before 0.9: an inner
 * `workflow`, or `inputs`/`outputs` at that level, and no `steps`.
 */
export function isLegacyWorkflow(spec: Readonly<Record<string, unknown>>): boolean {
  return spec.steps === undefined && ['workflow', 'inputs', 'outputs'].some((key) => spec[key] !== undefined);
}

/**
 * Rewrites the REANA-like grammar to the current one: `inputs.files`, `outputs.files` and
 * `inputs.parameters` move, steps get names (flowServ serial workflow specification, legacy grammar).
 *
 * @throws FlowservError 400 `template.invalid` with the path in the legacy document.
 */
export function translateLegacyWorkflow(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inputs = mappingAt(spec, 'inputs', 'workflow');
  const outputs = mappingAt(spec, 'outputs', 'workflow');
  const workflow = mappingAt(spec, 'workflow', 'workflow');
  const specification = mappingAt(workflow, 'specification', 'workflow.workflow');
  const steps = specification.steps ?? [];
  if (!Array.isArray(steps)) {
    throw invalidTemplate('workflow.workflow.specification.steps: expected a list');
  }
  return {
    files: { inputs: inputs.files, outputs: outputs.files },
    parameters: inputs.parameters,
    expansion: spec.expansion,
    steps: nameSteps(steps),
  };
}

function nameSteps(steps: readonly unknown[]): unknown[] {
  const given = new Set(steps.map((step) => (isRecord(step) ? step.name : undefined)));
  return steps.map((step, index) => {
    const path = `workflow.workflow.specification.steps[${index}]`;
    if (wholeReference(step) === null && !isRecord(step)) {
      throw invalidTemplate(`${path}: expected a mapping or a reference to an actor parameter`);
    }
    const name = isRecord(step) && typeof step.name === 'string' && step.name !== '' ? step.name : null;
    return {
      name: name ?? generatedName(index + 1, given),
      action: step,
      expansion: isRecord(step) ? step.expansion : undefined,
    };
  });
}

/** `step_<position>`, lengthened while a step of the template bears that name already. */
function generatedName(position: number, given: ReadonlySet<unknown>): string {
  let name = `step_${position}`;
  while (given.has(name)) {
    name += '_';
  }
  return name;
}

function mappingAt(
  parent: Readonly<Record<string, unknown>>,
  key: string,
  path: string,
): Record<string, unknown> {
  const value = parent[key] ?? {};
  if (!isRecord(value)) {
    throw invalidTemplate(`${path}.${key}: expected a mapping`);
  }
  return value;
}
