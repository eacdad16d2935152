import { invalid } from '../errors.ts';
import { type StepSize, type StepSizes, sizeOf } from '../step-size.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import { expandCommand } from './commands/commands.ts';
import { referenceKind, type ValueKind, variableKinds } from './commands/value-kind.ts';
import { withoutReferences } from './declared-outputs.ts';
import { checkEnvName, checkSizes, type EngineConfig, type Worker, workerOf } from './engine-config.ts';
import type { ExpansionContext } from './expansion-context.ts';
import { holdsParticipantCode, isParticipants, namesOwnImage } from './participant-code.ts';
import { type ParticipantConfig, participantSize } from './participant-sizes.ts';
import { checkNoFileInsideFile, runFilePath, runPath } from './run-paths.ts';
import type { PlannedStep, PlannedUpload, RunPlan } from './run-plan.ts';
import { checkRunnableAction, type SerialWorkflow, type WorkflowStep } from './serial-workflow.ts';
import { type ContainerAction, parseAction } from './step-action.ts';

export interface PlanInput {
  readonly workflow: SerialWorkflow;
  /** Expands references to the template's parameters. */
  readonly context: ExpansionContext;
  /** Supplied arguments by parameter name, as the template casts them. */
  readonly arguments: ReadonlyMap<string, unknown>;
  /** Parameters that the group added to the template's; only steps that participants supply can use them. */
  readonly added: {
    /** Expands references to the template's parameters and the added ones. */
    readonly context: ExpansionContext;
    /** Values of the added parameters: the argument, else the default. */
    readonly values: ReadonlyMap<string, unknown>;
  };
  /** Kind of value of each parameter of the template; a group's own parameters are free text. */
  readonly kinds: ReadonlyMap<string, ValueKind>;
  readonly engine: EngineConfig;
  /** Sizes of the deployment. */
  readonly sizes: StepSizes;
  /** What participants may configure for the steps that they supply, and what they did. */
  readonly participant?: ParticipantConfig | undefined;
  /** Sources of the template's `outputs`. If not empty, a run keeps exactly these files. */
  readonly templateOutputs: readonly string[];
  readonly resultFile: string | null;
  /**
   * Returns the file that a step runs and that a participant may supply (`createProgramCheck`), given the worker's
   * variables. Omitted if it does not matter.
   */
  readonly programOf?: (step: WorkflowStep, fixed: ReadonlyMap<string, string>) => string | undefined;
  readonly uploads: readonly PlannedUpload[];
  readonly copies: RunPlan['copies'];
}

/** Values shared by all steps of a run. */
interface Planning {
  readonly input: PlanInput;
  /** Variables of the template's own commands. */
  readonly variables: ReadonlyMap<string, string>;
  readonly kinds: ReadonlyMap<string, ValueKind>;
  readonly runOutputs: readonly string[];
  /** All outputs of the workflow and the template, for steps that do not declare their own. */
  readonly sharedOutputs: readonly string[];
  readonly resultFile: string | null;
}

/** Linux allows at most 131,072 bytes for one environment string with its name (execve, MAX_ARG_STRLEN). */
const MAX_VALUE_BYTES = 120_000;
const MAX_IMAGE_CHARACTERS = 1024;

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
  const planning = {
    input,
    variables: runVariables(input),
    kinds: variableKinds(input.workflow, input.kinds),
    runOutputs: runOutputs.filter((path) => !outputs.includes(path)),
    sharedOutputs: [...outputs, ...runOutputs],
    resultFile,
  };
  const steps = input.workflow.steps.map((step, index) => planStep(step, index, planning));
  if (steps.every((step) => step.skipped)) {
    throw invalid('run.no-step', 'no step to run');
  }
  const uploads = input.uploads.map((upload) => ({ ...upload, path: runFilePath(upload.path, 'target') }));
  const copies = input.copies.map(({ source, target }) => ({
    source: runFilePath(source, 'source'),
    target: runFilePath(target, 'target'),
  }));
  checkNoFileInsideFile([...uploads.map(({ path }) => path), ...copies.map(({ target }) => target)]);
  return { v: 1, steps, uploads, copies, outputs, resultFile };
}

/**
 * Returns the variables that the template's commands may use. A variable of the workflow overrides an argument; in the
 * legacy grammar every supplied argument is a variable.
 */
function runVariables({ workflow, context, ...input }: PlanInput): ReadonlyMap<string, string> {
  const own = [...workflow.parameters].map(([name, value]): [string, unknown] => [
    name,
    context.resolve(value),
  ]);
  const supplied = workflow.grammar === 'legacy' ? input.arguments : [];
  return textsOf(new Map([...supplied, ...own]), context);
}

/** Returns what a step's commands may refer to. Only steps that participants supply can use the added parameters. */
function knownTo(step: WorkflowStep, { input: { context, added }, variables }: Planning) {
  if (step.action.kind !== 'actor') return { context, variables };
  const own = textsOf(added.values, added.context);
  return { context: added.context, variables: new Map([...own, ...variables]) };
}

const textsOf = (values: ReadonlyMap<string, unknown>, context: ExpansionContext) =>
  new Map([...values].map(([name, value]) => [name, context.textOf(value)]));

function planStep(step: WorkflowStep, index: number, planning: Planning): PlannedStep {
  const { context, engine } = planning.input;
  const action = containerAction(step, planning);
  const outputs = resolvePaths(step.outputs, context, 'output');
  const files = {
    inputs: resolvePaths(step.inputs, context, 'input'),
    outputs: unique([...outputs, ...planning.runOutputs]),
    ...(isParticipants(step, planning.input.workflow, planning.input.kinds) &&
      handOverOf(step, outputs, planning)),
  };
  const named = { index, name: step.name, participantCode: holdsParticipantCode(step) };
  if (action === null) {
    const nothing = { image: '', commands: [], variables: {}, env: {} };
    return { ...named, skipped: true, ...nothing, ...files };
  }
  const known = knownTo(step, planning);
  const image = imageOf(action, step.name, known.context);
  const worker = workerOf(
    engine,
    step.name,
    isParticipants(step, planning.input.workflow, planning.input.kinds) ? null : image,
  );
  const variables = new Map<string, string>();
  const commands = action.commands.map((command) => {
    const expanded = expandCommand(command, {
      variables: known.variables,
      fixed: worker.variables,
      textOfReference: (inner) => referenceText(inner, known.context),
      expansion: step.expansion,
      kinds: planning.kinds,
      kindOfReference: (inner) => referenceKind(inner, planning.input.kinds),
    });
    for (const [name, value] of expanded.variables) {
      checkValue(name, value);
      variables.set(name, value);
    }
    return expanded.text;
  });
  const env = new Map([...worker.env, ...stepEnv(action, step.name, known.context)]);
  const values = { variables: Object.fromEntries(variables), env: Object.fromEntries(env) };
  const participantCode =
    named.participantCode || planning.input.programOf?.(step, worker.variables) !== undefined;
  const pulled = {
    image,
    ...(namesOwnImage(step, planning.input.workflow, planning.input.kinds) && { ownImage: true }),
    ...(worker.architecture && { architecture: worker.architecture }),
    ...(worker.network && { network: true }),
    size: sizeOfStep(step, worker, planning.input),
  };
  return { ...named, participantCode, skipped: false, ...pulled, commands, ...values, ...files };
}

/** Returns the size of a step. Only that of a step which a participant supplies can depend on the participant. */
function sizeOfStep(step: WorkflowStep, worker: Worker, { participant, sizes }: PlanInput): StepSize {
  const isOwn = step.action.kind === 'actor' && participant !== undefined;
  const own = isOwn ? participantSize(participant, step.name, worker.size, sizes) : {};
  const size = { ...worker.size, ...own };
  // The maxima may have been higher at the installation.
  checkSizes([{ ...worker, size }], sizes);
  return sizeOf(size, sizes);
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

/** Returns the step's own action or the supplied one; null if an optional actor argument is absent. */
function containerAction(
  step: WorkflowStep,
  { input: { context }, variables }: Planning,
): ContainerAction | null {
  const supplied = step.action.kind === 'actor' ? context.actionOf(step.action.parameter) : undefined;
  if (step.action.kind === 'actor' && (supplied === undefined || supplied === null)) {
    return null;
  }
  const action =
    step.action.kind === 'actor' ? parseAction(supplied, `argument '${step.action.parameter}'`) : step.action;
  if (action.kind !== 'container') {
    checkRunnableAction(step.name, action, variables.keys());
    return null;
  }
  return action;
}

function imageOf(action: ContainerAction, step: string, context: ExpansionContext): string {
  const image = context.textOf(context.resolve(action.image)).trim();
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

/** Inside a command, an omitted branch of a conditional reference is empty. */
function referenceText(inner: string, context: ExpansionContext): string {
  const value = context.resolve(`$[[${inner}]]`);
  return value === null || value === undefined ? '' : context.textOf(value);
}

/** Returns the expanded paths, without entries whose parameter or conditional branch is omitted. */
function resolvePaths(paths: readonly unknown[], context: ExpansionContext, what: string): string[] {
  const resolved = paths.filter((path) => !context.isLeftOut(path)).map((path) => context.resolve(path));
  const present = resolved.filter((path) => path !== null && path !== undefined && path !== '');
  return unique(present.map((path) => runPath(context.textOf(path), what)));
}

function checkValue(name: string, value: string): void {
  if (value.includes('\0')) {
    throw invalid('argument.nul', `the value of '${name}' contains a NUL character`);
  }
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw invalid('argument.too-long', `the value of '${name}' is longer than ${MAX_VALUE_BYTES} bytes`);
  }
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
