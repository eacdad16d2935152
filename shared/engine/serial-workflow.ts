import { listAt, mappingAt, optionalFlag, requiredText, textList } from '../documents/fields.ts';
import { below, type Location, report, withoutProblems } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import {
  isList,
  isMapping,
  type PythonMapping,
  type PythonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import { warnOfUnknownKeys } from '../template/template-warnings.ts';
import { isLegacyWorkflow, legacyParts } from './legacy-workflow.ts';
import { actorReference, readAction, type StepAction } from './step-action.ts';
import type { Unread, UnreadPaths, UnreadStep, WorkflowParts } from './workflow-parts.ts';

/**
 * How values reach a command: as shell variables (`variables`, safe), or pasted into its text (`text`, as in the
 * original flowServ, where an argument can run commands).
 */
export type Expansion = 'variables' | 'text';

/** A serial workflow in one form for both grammars; references are not yet expanded. */
export interface SerialWorkflow {
  readonly grammar: 'current' | 'legacy';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Variable → value, in the order of the document. */
  readonly parameters: ReadonlyMap<string, PythonValue>;
  readonly steps: readonly WorkflowStep[];
  /** Whether steps that are independent by their declared inputs and outputs run at the same time (`waves.ts`). */
  readonly parallel: boolean;
}

export interface WorkflowStep {
  readonly name: string;
  readonly action: StepAction;
  /** Location of the action in the document, e.g. `workflow.steps[0].action`. */
  readonly path: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whether the step lists both its inputs and its outputs, if only as empty lists. */
  readonly listsFiles: boolean;
  readonly expansion: Expansion;
  /** Whether the outputs of an earlier run with the same inputs may replace an execution of the step. */
  readonly cache: boolean;
}

/** A definition is at most 1 MB; a step takes 2.1 kB of it, 2.6 kB as JSON inside JSON (AWS Step Functions quotas). */
const MAX_STEPS = 200;
const PATHS = { entries: 10_000 };
/** The original ignores a `version` and a `type`; the `version` of a grammar has no effect here either. */
const WORKFLOW_KEYS = ['files', 'parameters', 'steps', 'expansion', 'parallel', 'version', 'type'];
const FILES_KEYS = ['inputs', 'outputs'];
const STEP_KEYS = ['name', 'files', 'action', 'expansion', 'cache'];

/**
 * Reads a serial workflow and reports all its problems. Accepts flowServ's current grammar and the REANA-like grammar
 * of older templates (flowServ serial workflow specification). If there are problems, the result contains what could
 * be read.
 */
export function readSerialWorkflow(spec: PythonValue, location: Location): SerialWorkflow {
  const fields = mappingAt(spec, location);
  const legacy = isLegacyWorkflow(fields);
  const parts = legacy ? legacyParts(fields, location) : currentParts(fields, location);
  const { steps, stepsLocation } = parts;
  const expansion = expansionAt(fields.expansion, below(location, 'expansion')) ?? 'variables';
  if (steps.length > MAX_STEPS) report(stepsLocation, `more than ${MAX_STEPS} steps`);
  if (steps.length === 0 && isMapping(spec)) {
    report(stepsLocation, 'the workflow has no steps; list at least one');
  }
  return {
    grammar: legacy ? 'legacy' : 'current',
    inputs: readPaths(parts.inputs),
    outputs: readPaths(parts.outputs),
    parameters: readParameters(parts.parameters),
    steps: steps.slice(0, MAX_STEPS).flatMap((step) => readStep(step, expansion)),
    parallel: !legacy && isParallel(fields.parallel, below(location, 'parallel')),
  };
}

/**
 * Reads a serial workflow that was already checked.
 *
 * @param spec The value of the template's key `workflow`.
 * @throws FlowservError 400 `template.invalid`; the message contains the path of the invalid part.
 */
export function parseSerialWorkflow(spec: unknown): SerialWorkflow {
  return withoutProblems('workflow', (location) => readSerialWorkflow(toPythonValue(spec), location));
}

/** The grammar since flowServ 0.9. */
function currentParts(fields: PythonMapping, location: Location): WorkflowParts {
  warnOfUnknownKeys(fields, WORKFLOW_KEYS, location);
  const files = mappingAt(fields.files ?? {}, below(location, 'files'));
  warnOfUnknownKeys(files, FILES_KEYS, below(location, 'files'));
  const stepsLocation = below(location, 'steps');
  return {
    inputs: { fields: files, key: 'inputs', location: below(location, 'files') },
    outputs: { fields: files, key: 'outputs', location: below(location, 'files') },
    parameters: { value: fields.parameters, location: below(location, 'parameters') },
    stepsLocation,
    steps: listAt(fields.steps ?? [], stepsLocation).map((step, i) =>
      currentStep(step, below(stepsLocation, i)),
    ),
  };
}

function currentStep(value: PythonValue, location: Location): UnreadStep {
  const step = mappingAt(value, location);
  warnOfUnknownKeys(step, STEP_KEYS, location);
  const { action, cache, expansion, files } = step;
  const name = isMapping(value) ? requiredText(step, 'name', location) : '';
  if (action === undefined && isMapping(value)) report(below(location, 'action'), "missing element 'action'");
  return {
    name,
    location,
    expansion,
    cache,
    files: { value: files, location: below(location, 'files') },
    action: action === undefined ? undefined : { value: action, location: below(location, 'action') },
  };
}

/** Returns the step, or an empty list if the step has no valid action. */
function readStep({ name, location, ...step }: UnreadStep, inherited: Expansion): WorkflowStep[] {
  const files = {
    fields: mappingAt(step.files.value ?? {}, step.files.location),
    location: step.files.location,
  };
  warnOfUnknownKeys(files.fields, FILES_KEYS, files.location);
  const inputs = readPaths({ ...files, key: 'inputs' });
  const outputs = readPaths({ ...files, key: 'outputs' });
  const listsFiles = ['inputs', 'outputs'].every((key) => isList(files.fields[key]));
  const expansion = expansionAt(step.expansion, below(location, 'expansion')) ?? inherited;
  const cache = optionalFlag({ cache: step.cache ?? null }, 'cache', location) ?? false;
  if (!step.action) return [];
  const parameter = actorReference(step.action.value);
  const action: StepAction | undefined =
    parameter === null
      ? readAction(step.action.value, step.action.location, step.action.others)
      : { kind: 'actor', parameter };
  return action
    ? [{ name, action, path: step.action.location.path, inputs, outputs, listsFiles, expansion, cache }]
    : [];
}

/** Only `inferred` exists: nothing in a template names the waves. */
function isParallel(value: PythonValue | undefined, location: Location): boolean {
  if (value === undefined || value === null) return false;
  if (value !== 'inferred') report(location, `unknown value '${quotedText(value)}'; use inferred`);
  return true;
}

function expansionAt(value: PythonValue | undefined, location: Location): Expansion | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'variables' || value === 'text') return value;
  report(location, `unknown expansion '${quotedText(value)}'; use variables or text`);
  return undefined;
}

const readPaths = ({ fields, key, location }: UnreadPaths) => textList(fields, key, location, PATHS);

/** A mapping, or the list of one-key mappings that flowServ's documentation shows. */
function readParameters({ value, location }: Unread): ReadonlyMap<string, PythonValue> {
  if (value === undefined || value === null) return new Map();
  if (isMapping(value)) return new Map(Object.entries(value));
  if (!isList(value)) {
    report(location, 'must be a mapping of variables to values');
    return new Map();
  }
  const entries = value.map((entry, i) => {
    const pairs = isMapping(entry) ? Object.entries(entry) : [];
    if (pairs.length !== 1) report(below(location, i), 'must be a mapping with one key');
    return pairs;
  });
  return new Map(entries.flat());
}
