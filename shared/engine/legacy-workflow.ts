import { mappingAt } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../documents/python-value.ts';
import { warnOfUnknownKeys } from '../template/template-warnings.ts';
import { actorReference } from './step-action.ts';
import type { WorkflowParts } from './workflow-parts.ts';

/**
 * Keys of a REANA specification (REANA documentation, "reana.yaml"). Tests, the workspace and the engine's options do
 * not change what a run produces. Folders of inputs are always present, since a run gets all static files.
 */
const KEYS = {
  spec: ['version', 'inputs', 'outputs', 'workflow', 'tests', 'workspace'],
  inputs: ['files', 'directories', 'parameters', 'options'],
  outputs: ['files'],
  workflow: ['type', 'specification', 'file', 'resources'],
  specification: ['steps'],
};
const STEP_KEYS = ['name', 'expansion', 'cache'];

/**
 * Whether a workflow specification uses the REANA-like grammar of flowServ before 0.9: it has an inner `workflow`, or
 * `inputs`/`outputs` at that level, and no `steps`.
 */
export function isLegacyWorkflow(spec: PythonMapping): boolean {
  return spec.steps === undefined && ['workflow', 'inputs', 'outputs'].some((key) => spec[key] !== undefined);
}

/**
 * Splits a specification in the REANA-like grammar into its parts: `inputs.files`, `outputs.files`,
 * `inputs.parameters`, and steps, which are actions and get generated names (flowServ serial workflow specification,
 * legacy grammar).
 */
export function legacyParts(spec: PythonMapping, location: Location): WorkflowParts {
  const inputs = memberMapping(spec, 'inputs', location);
  const outputs = memberMapping(spec, 'outputs', location);
  const inner = below(location, 'workflow');
  const workflow = memberMapping(spec, 'workflow', location);
  const specification = memberMapping(workflow, 'specification', inner);
  const at = below(below(inner, 'specification'), 'steps');
  const steps = specification.steps ?? [];
  warnOfUnknownKeys(spec, [...KEYS.spec, 'expansion'], location);
  warnOfUnknownKeys(inputs, KEYS.inputs, below(location, 'inputs'));
  warnOfUnknownKeys(outputs, KEYS.outputs, below(location, 'outputs'));
  warnOfUnknownKeys(workflow, KEYS.workflow, inner);
  warnOfUnknownKeys(specification, KEYS.specification, below(inner, 'specification'));
  if (!isList(steps)) report(at, 'must be a list');
  return {
    inputs: { fields: inputs, key: 'files', location: below(location, 'inputs') },
    outputs: { fields: outputs, key: 'files', location: below(location, 'outputs') },
    parameters: { value: inputs.parameters, location: below(below(location, 'inputs'), 'parameters') },
    stepsLocation: at,
    steps: isList(steps) ? nameSteps(steps, at) : [],
  };
}

function nameSteps(steps: readonly PythonValue[], location: Location): WorkflowParts['steps'] {
  const given = new Set(steps.map((step) => (isMapping(step) ? step.name : undefined)));
  return steps.map((step, index) => {
    const at = below(location, index);
    const fields = isMapping(step) ? step : {};
    if (!isMapping(step) && actorReference(step) === null) {
      report(at, 'must be a mapping or a reference to an actor parameter');
    }
    const name = typeof fields.name === 'string' && fields.name.trim() !== '' ? fields.name : null;
    return {
      name: name ?? generatedName(index + 1, given),
      location: at,
      expansion: fields.expansion,
      cache: fields.cache,
      files: { value: undefined, location: at },
      action:
        isMapping(step) || actorReference(step) !== null
          ? { value: step, location: at, others: STEP_KEYS }
          : undefined,
    };
  });
}

/** Returns `step_<position>`, with underscores appended until no step of the template has the name. */
function generatedName(position: number, given: ReadonlySet<unknown>): string {
  let name = `step_${position}`;
  while (given.has(name)) {
    name += '_';
  }
  return name;
}

function memberMapping(parent: PythonMapping, key: string, location: Location): PythonMapping {
  return mappingAt(parent[key] ?? {}, below(location, key));
}
