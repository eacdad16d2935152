import { priceOf } from '../costs/step-price.ts';
import { FlowservError, invalid } from '../errors.ts';
import { gpuSizeOf, type StepSize, sizeOf } from '../step-size.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import { variableKinds } from './commands/value-kind.ts';
import { withoutReferences } from './declared-outputs.ts';
import { checkEnvName, checkSizes, type EngineConfig, type Worker, workerOf } from './engine-config.ts';
import type { ExpansionContext } from './expansion-context.ts';
import { checkNoGpu } from './gpu-steps.ts';
import { holdsParticipantCode, isParticipants, namesOwnImage } from './participant-code.ts';
import { participantSize } from './participant-sizes.ts';
import { planCall } from './plan-call.ts';
import { planCommands } from './plan-commands.ts';
import type { Known, PlanInput, Planning } from './plan-input.ts';
import { imageOfPython } from './python-steps/settings.ts';
import { checkNoFileInsideFile, runFilePath, runPath } from './run-paths.ts';
import type { PlannedStep, RunPlan } from './run-plan.ts';
import type { WorkflowStep } from './serial-workflow.ts';
import { type ContainerAction, parseAction, type SuppliedAction } from './step-action.ts';
import { checkValue } from './step-values.ts';
import { fetchesOf } from './step-volumes.ts';
import { inWaves } from './waves.ts';

const MAX_IMAGE_CHARACTERS = 1024;
/** Of the values of all code and notebook steps together, as part of the stored plan. */
const MAX_CONTEXT_CHARACTERS = 4 * 1024 * 1024;

/**
 * Decides everything about a run before its first step (flowServ engine specification, sequence).
 *
 * Plans a step as skipped if its optional actor argument is absent. Every step's outputs include the outputs of the
 * workflow, so that their folders exist even if the template keeps other files.
 *
 * @returns Plain data; the same input gives the same plan.
 * @throws FlowservError 400 for a missing argument, a step that cannot run, an invalid command or path, or a size above
 *   the maximum; `run.no-step` if no step is left.
 */
export function planRun(input: PlanInput): RunPlan {
  const workflowOutputs = resolvePaths(input.workflow.outputs, input.context, 'output');
  const templateOutputs = unique(input.templateOutputs.map((path) => runPath(path, 'output')));
  const resultFile = input.resultFile === null ? null : runFilePath(input.resultFile, 'result file');
  const outputs = templateOutputs.length > 0 ? templateOutputs : workflowOutputs;
  const runOutputs = keptPaths(workflowOutputs, resultFile);
  const values = runValues(input);
  const planning = {
    input,
    values,
    variables: textsOf(values, input.context),
    kinds: variableKinds(input.workflow, input.kinds),
    runOutputs: runOutputs.filter((path) => !outputs.includes(path)),
    sharedOutputs: [...outputs, ...runOutputs],
    resultFile,
  };
  const steps: PlannedStep[] = [];
  for (const [index, step] of input.workflow.steps.entries()) {
    steps.push(ofArgument(step, () => planStep(step, index, planning, steps)));
    checkContexts(steps);
  }
  if (steps.every((step) => step.skipped)) {
    throw invalid('run.no-step', 'no step to run');
  }
  const waves = input.workflow.parallel ? inWaves(steps, input.sizes.capacity) : steps;
  const uploads = input.uploads.map((upload) => ({ ...upload, path: runFilePath(upload.path, 'target') }));
  const copies = input.copies.map(({ source, target }) => ({
    source: runFilePath(source, 'source'),
    target: runFilePath(target, 'target'),
  }));
  checkNoFileInsideFile([...uploads.map(({ path }) => path), ...copies.map(({ target }) => target)]);
  return { v: 1, steps: waves, uploads, copies, outputs, resultFile };
}

/**
 * Returns the values of the variables that the template's steps may use. A variable of the workflow overrides an
 * argument; in the legacy grammar every supplied argument is a variable.
 */
function runValues({ workflow, context, ...input }: PlanInput): ReadonlyMap<string, unknown> {
  const own = [...workflow.parameters].map(([name, value]): [string, unknown] => [
    name,
    context.resolve(value),
  ]);
  const supplied = workflow.grammar === 'legacy' ? input.arguments : [];
  return new Map([...supplied, ...own]);
}

function knownTo(step: WorkflowStep, { input: { context, added }, variables, values }: Planning): Known {
  if (step.action.kind !== 'actor') return { context, variables, values };
  const own = textsOf(added.values, added.context);
  return {
    context: added.context,
    variables: new Map([...own, ...variables]),
    values: new Map([...added.values, ...values]),
  };
}

const textsOf = (values: ReadonlyMap<string, unknown>, context: ExpansionContext) =>
  new Map([...values].map(([name, value]) => [name, context.textOf(value)]));

function planStep(
  step: WorkflowStep,
  index: number,
  planning: Planning,
  earlier: readonly PlannedStep[],
): PlannedStep {
  const { context, engine } = planning.input;
  const action = suppliedAction(step, planning);
  const outputs = resolvePaths(step.outputs, context, 'output');
  const isTheirs = isParticipants(step, planning.input.workflow, planning.input.kinds);
  const files = {
    inputs: resolvePaths(step.inputs, context, 'input'),
    outputs: unique([...outputs, ...planning.runOutputs]),
    ...(isTheirs && handOverOf(step, outputs, planning)),
  };
  const named = { index, name: step.name, participantCode: holdsParticipantCode(step) };
  if (action === null) {
    const nothing = { image: '', commands: [], variables: {}, env: {} };
    return { ...named, skipped: true, ...nothing, ...files };
  }
  const known = knownTo(step, planning);
  const { image, worker } = imageAndWorker(action, step, known, planning, isTheirs, engine);
  const participantCode =
    named.participantCode || planning.input.programOf(step, worker.variables) !== undefined;
  if (participantCode) checkNoGpu(step.name, worker);
  const place = { step, worker, known, planning, earlier, participantCode, isTheirs };
  const run = action.kind === 'container' ? planCommands(action, place) : planCall(action, place);
  const own = action.kind === 'container' ? stepEnv(action, step.name, known.context) : [];
  const env = Object.fromEntries(new Map([...worker.env, ...own]));
  const pulled = {
    image,
    ...(namesOwnImage(step, planning.input.workflow, planning.input.kinds) && { ownImage: true }),
    ...(worker.architecture && { architecture: worker.architecture }),
    ...(worker.network && { network: true }),
    ...(worker.spot && { spot: true }),
    ...(worker.gpu && { gpu: true }),
    ...(step.cache && { cache: true }),
    ...volumesOf(step, worker, planning.input),
    ...sizeAndPrice(step, worker, planning.input),
  };
  const writes = writesOf(step, outputs, 'call' in run ? run.call : undefined, planning);
  return { ...named, participantCode, skipped: false, ...pulled, ...run, env, ...files, ...writes };
}

/** What a step of a parallel workflow declares that it writes, with the executed notebook. */
function writesOf(
  { listsFiles }: WorkflowStep,
  outputs: readonly string[],
  call: PlannedStep['call'],
  { input: { workflow } }: Planning,
): Pick<PlannedStep, 'writes'> {
  if (!workflow.parallel || !listsFiles) return {};
  return { writes: unique([...outputs, ...(call?.executed === undefined ? [] : [call.executed])]) };
}

/** Returns what a step exchanges with storage volumes. Arguments and participants' configurations have no influence. */
function volumesOf(step: WorkflowStep, { volume }: Worker, { context, engine }: PlanInput) {
  const fetches = fetchesOf(engine, resolvePaths(withoutReferences(step.inputs), context, 'input'));
  return { ...(volume !== undefined && { volume }), ...(fetches.length > 0 && { fetches }) };
}

function sizeAndPrice(
  step: WorkflowStep,
  worker: Worker,
  input: PlanInput,
): Pick<PlannedStep, 'size' | 'price'> {
  const size = sizeOfStep(step, worker, input);
  return { size, ...(input.pricing && { price: priceOf(size, worker, input.pricing) }) };
}

/** Returns the size of a step. Only that of a step which a participant supplies can depend on the participant. */
function sizeOfStep(step: WorkflowStep, worker: Worker, { participant, sizes }: PlanInput): StepSize {
  const isOwn = step.action.kind === 'actor' && participant !== undefined;
  const own = isOwn ? participantSize(participant, step.name, worker.size, sizes) : {};
  const size = { ...worker.size, ...own };
  // The maxima may have been higher at the installation.
  checkSizes([{ ...worker, size }], sizes);
  return worker.gpu ? gpuSizeOf(size, sizes) : sizeOf(size, sizes);
}

/**
 * Returns what a participant's step may pass on (`leaves`) and what it may not change (`others`). It may pass on its
 * own outputs and those outputs of the workflow that no step of the organiser declares. It may not change what the
 * organiser's steps produce, such as the result of a later scorer, unless the template lists the file for this step.
 */
function handOverOf(step: WorkflowStep, outputs: readonly string[], planning: Planning) {
  const { input, sharedOutputs, resultFile } = planning;
  const organisers = input.workflow.steps.filter(
    (other) => !isParticipants(other, input.workflow, input.kinds),
  );
  const isScored = organisers.length > 0 && resultFile !== null;
  const made = [
    ...organisers.flatMap((other) => resolvePaths(other.outputs, input.context, 'output')),
    ...(isScored ? [resultFile] : []),
  ];
  const listed = resolvePaths(withoutReferences(step.outputs), input.context, 'output');
  const own = unique([...outputs, ...sharedOutputs.filter((path) => !made.includes(path))]);
  return { leaves: own, others: unique(made).filter((path) => !listed.some((one) => covers(path, one))) };
}

/** Each code step has the whole context. @throws FlowservError 400 `argument.too-long` */
function checkContexts(steps: readonly PlannedStep[]): void {
  const texts = steps.flatMap(({ call }) => Object.values(call?.context ?? {}));
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_CONTEXT_CHARACTERS) {
    throw invalid('argument.too-long', 'the variables of the code and notebook steps are longer than 4 MiB');
  }
}

/** Plans a step. A participant's step that cannot run is a mistake in the argument, not in the template. */
function ofArgument<T>({ action }: WorkflowStep, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    const isOwn = action.kind === 'actor' && error instanceof FlowservError;
    if (!isOwn || !['template.invalid', 'workflow.step-type'].includes(error.code)) throw error;
    throw invalid('argument.invalid', error.message, error);
  }
}

/** Returns the step's own action or the supplied one; null if an optional actor argument is absent. */
function suppliedAction({ action }: WorkflowStep, { input: { context } }: Planning): SuppliedAction | null {
  if (action.kind !== 'actor') return action;
  const supplied = context.actionOf(action.parameter);
  if (supplied === undefined || supplied === null) return null;
  return parseAction(supplied, `argument '${action.parameter}'`);
}

function imageAndWorker(
  action: SuppliedAction,
  step: WorkflowStep,
  { context }: Known,
  { input }: Planning,
  isTheirs: boolean,
  engine: EngineConfig,
) {
  const named = action.image === null ? null : imageOf(action.image, step.name, context);
  if (action.kind === 'container') {
    return { image: named ?? '', worker: workerOf(engine, step.name, isTheirs ? null : named) };
  }
  const worker = workerOf(engine, step.name, null, action.kind);
  return { image: named ?? imageOfPython(action, step.name, worker, input.python), worker };
}

function imageOf(reference: string, step: string, context: ExpansionContext): string {
  const image = context.textOf(context.resolve(reference)).trim();
  if (!/^[!-~]+$/.test(image) || image.length > MAX_IMAGE_CHARACTERS) {
    throw invalid('step.image', `step '${step}': invalid container image '${image.slice(0, 200)}'`);
  }
  return image;
}

function stepEnv(action: ContainerAction, step: string, context: ExpansionContext): [string, string][] {
  return [...action.env].map(([name, value]) => {
    checkEnvName(name, `step '${step}'`);
    const text = context.textOf(value);
    checkValue(name, text);
    return [name, text];
  });
}

/** Returns the expanded paths, without entries whose parameter or conditional branch is omitted. */
function resolvePaths(paths: readonly unknown[], context: ExpansionContext, what: string): string[] {
  const resolved = paths.filter((path) => !context.isLeftOut(path)).map((path) => context.resolve(path));
  const present = resolved.filter((path) => path !== null && path !== undefined && path !== '');
  return unique(present.map((path) => runPath(context.textOf(path), what)));
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
