import { mappingAt } from '../documents/fields.ts';
import { below, type Place, report } from '../documents/problem.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../documents/python-value.ts';
import { warnOfUnknownKeys } from '../template/template-warnings.ts';
import { actorReference } from './step-action.ts';
import type { WorkflowParts } from './workflow-parts.ts';

/**
 * What a specification of REANA holds (REANA documentation, "reana.yaml"). Tests, the workspace and the engine's options
 * change nothing of what a run makes; folders of inputs are there, since all static files are.
 */
const KEYS = {
  spec: ['version', 'inputs', 'outputs', 'workflow', 'tests', 'workspace'],
  inputs: ['files', 'directories', 'parameters', 'options'],
  outputs: ['files'],
};
const STEP_KEYS = ['name', 'expansion'];

/**
 * Whether a workflow specification is written in the REANA-like grammar of flowServ before 0.9: an inner
 * `workflow`, or `inputs`/`outputs` at that level, and no `steps`.
 */
export function isLegacyWorkflow(spec: PythonMapping): boolean {
  return spec.steps === undefined && ['workflow', 'inputs', 'outputs'].some((key) => spec[key] !== undefined);
}

/**
 * Takes the REANA-like grammar apart: `inputs.files`, `outputs.files`, `inputs.parameters`, and steps that
 * are actions and get names (flowServ serial workflow specification, legacy grammar).
 */
export function legacyParts(spec: PythonMapping, place: Place): WorkflowParts {
  const inputs = memberMapping(spec, 'inputs', place);
  const outputs = memberMapping(spec, 'outputs', place);
  const inner = below(place, 'workflow');
  const specification = memberMapping(memberMapping(spec, 'workflow', place), 'specification', inner);
  const at = below(below(inner, 'specification'), 'steps');
  const steps = specification.steps ?? [];
  warnOfUnknownKeys(spec, [...KEYS.spec, 'expansion'], place);
  warnOfUnknownKeys(inputs, KEYS.inputs, below(place, 'inputs'));
  warnOfUnknownKeys(outputs, KEYS.outputs, below(place, 'outputs'));
  if (!isList(steps)) report(at, 'must be a list');
  return {
    inputs: { fields: inputs, key: 'files', place: below(place, 'inputs') },
    outputs: { fields: outputs, key: 'files', place: below(place, 'outputs') },
    parameters: { value: inputs.parameters, place: below(below(place, 'inputs'), 'parameters') },
    stepsPlace: at,
    steps: isList(steps) ? nameSteps(steps, at) : [],
  };
}

function nameSteps(steps: readonly PythonValue[], place: Place): WorkflowParts['steps'] {
  const given = new Set(steps.map((step) => (isMapping(step) ? step.name : undefined)));
  return steps.map((step, index) => {
    const at = below(place, index);
    const fields = isMapping(step) ? step : {};
    if (!isMapping(step) && actorReference(step) === null) {
      report(at, 'must be a mapping or a reference to an actor parameter');
    }
    const name = typeof fields.name === 'string' && fields.name.trim() !== '' ? fields.name : null;
    return {
      name: name ?? generatedName(index + 1, given),
      place: at,
      expansion: fields.expansion,
      files: { value: undefined, place: at },
      action:
        isMapping(step) || actorReference(step) !== null
          ? { value: step, place: at, others: STEP_KEYS }
          : undefined,
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

function memberMapping(parent: PythonMapping, key: string, place: Place): PythonMapping {
  return mappingAt(parent[key] ?? {}, below(place, key));
}
