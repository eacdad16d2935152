import { type Config, required } from '../config.ts';
import { toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { withoutReferences } from '../engine/declared-outputs.ts';
import { type EngineConfig, parseEngineConfig, type Worker, workerOf } from '../engine/engine-config.ts';
import { expectedWaves } from '../engine/expected-waves.ts';
import { holdsParticipantCode } from '../engine/participant-code.ts';
import { imageOfPython, type PythonSettings, pythonSettings } from '../engine/python-steps/settings.ts';
import type { SerialWorkflow, WorkflowStep } from '../engine/serial-workflow.ts';
import { type SharingStep, tasksOf } from '../engine/shared-task.ts';
import { compileStateMachine } from '../engine/state-machine.ts';
import { configUsesVolumes, fetchesOf } from '../engine/step-volumes.ts';
import { FlowservError } from '../errors.ts';
import type { StateMachineContent } from '../services/executions.ts';
import type { Services } from '../services/services.ts';
import { type StepSize, sizeOf } from '../step-size.ts';
import { collectReferences } from '../template/references.ts';
import type { WarningCode } from '../template/template-warnings.ts';
import { ensureTaskDefinition, type WantedImage } from './task-definitions.ts';

/** Maximum duration of a whole run, which limits the cost of an execution in the worst case. */
const RUN_TIMEOUT_SECONDS = 7 * 24 * 3600;

/** The result of compiling a workflow, which depends only on its steps and the settings. */
export interface CompiledStateMachine extends StateMachineContent {
  /** A hash of everything else. */
  readonly name: string;
}

/**
 * @param engine engine configuration of the workflow, which decides whether it uses storage volumes
 * @throws Error with the name of a missing setting
 */
export function compiledStateMachine(
  config: Config,
  { steps, parallel }: SerialWorkflow,
  engine: EngineConfig,
): CompiledStateMachine {
  const { compute, stage } = config;
  const { next, settle, roleArn, cluster } = stateMachineSettings(compute);
  const transfer = configUsesVolumes(engine)
    ? { transfer: required(compute.transferFunctionArn, 'FLOWSERV_TRANSFER_FUNCTION_ARN') }
    : {};
  const { name, definition } = compileStateMachine({
    stage,
    steps: steps.map((step) => ({ name: step.name })),
    parallel,
    functions: { next, settle, ...transfer },
    roleArn,
    cluster,
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
  return { name, definition, roleArn };
}

/** Returns the settings that are part of state machines: after a change, workflows must be compiled again. */
export const stateMachineSettings = (compute: Config['compute']) => ({
  next: required(compute.nextFunctionArn, 'FLOWSERV_NEXT_FUNCTION_ARN'),
  settle: required(compute.settleFunctionArn, 'FLOWSERV_SETTLE_FUNCTION_ARN'),
  roleArn: required(compute.stateMachineRoleArn, 'FLOWSERV_MACHINE_ROLE_ARN'),
  cluster: required(compute.clusterArn, 'FLOWSERV_CLUSTER_ARN'),
});

/**
 * Makes a workflow ready to run: registers the images that its template names and creates its state machine, unless
 * they exist already. The operator does this once per version and after deployments that require it; starting a run
 * does not repeat it.
 *
 * @param config engine configuration of the workflow
 * @returns ARN of the state machine
 */
export async function compileWorkflow(
  services: Services,
  workflow: SerialWorkflow,
  config: unknown,
): Promise<string> {
  await ensureTaskDefinitions(services, workflow, config);
  return createStateMachine(services, workflow, config);
}

async function createStateMachine(
  { config, executions }: Services,
  workflow: SerialWorkflow,
  engine: unknown,
): Promise<string> {
  const { name, definition, roleArn } = compiledStateMachine(config, workflow, parseEngineConfig(engine));
  return executions.createStateMachine(name, definition, roleArn);
}

/**
 * Registers the images that a workflow names, so that its first run does not have to wait for it: for tasks of one step,
 * and of as many steps as will probably share one.
 */
export async function ensureTaskDefinitions(
  services: Services,
  workflow: SerialWorkflow,
  config: unknown,
): Promise<void> {
  for (const { image, counts } of imagesOf(services.config, workflow, parseEngineConfig(config))) {
    for (const steps of counts) await ensureTaskDefinition(services, { ...image, steps });
  }
}

/**
 * Compiles post-processing. If it cannot run, each of its runs ends as ERROR, and the benchmark itself continues. It
 * gets a state machine anyway, because a change of the stage's settings may make its images available.
 */
export async function compilePostproc(
  services: Services,
  workflow: SerialWorkflow | undefined,
  config: unknown,
): Promise<{ readonly machine: string | null; readonly warnings: readonly Warning[] }> {
  if (!workflow) return { machine: null, warnings: [] };
  const stateMachine = await createStateMachine(services, workflow, config);
  try {
    await ensureTaskDefinitions(services, workflow, config);
    return { machine: stateMachine, warnings: [] };
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    const code: WarningCode = 'postproc.fails';
    return {
      machine: stateMachine,
      warnings: [{ code, message: `post-processing cannot run: ${error.message}` }],
    };
  }
}

/** Returns the images of a workflow's steps that do not depend on arguments. */
export const namedImages = (stage: Config, { steps }: SerialWorkflow, engine: EngineConfig): string[] => [
  ...new Set(steps.map((step) => expectedStep(stage, step, engine).image).filter((image) => image !== '')),
];

/**
 * Returns the images that do not depend on arguments, with the numbers of steps of their tasks. A run may have others:
 * its steps and their files decide.
 */
function imagesOf(
  stage: Config,
  workflow: SerialWorkflow,
  engine: EngineConfig,
): { readonly image: WantedImage; readonly counts: ReadonlySet<number> }[] {
  const waves = expectedWaves(workflow);
  const steps = workflow.steps.map((step, index) => {
    const wave = waves?.[index];
    return { ...expectedStep(stage, step, engine), ...(wave !== undefined && { wave }) };
  });
  const tasks = tasksOf(steps).flatMap((task) => {
    const [begin] = task;
    if (!begin || begin.image === '') return [];
    const { image: reference, architecture, network, gpu, size } = begin;
    return [
      { image: { reference, own: true, architecture, network, disk: size.disk, gpu }, steps: task.length },
    ];
  });
  const named = Map.groupBy(tasks, ({ image }) => JSON.stringify(image));
  return [...named.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    return [{ image: first.image, counts: new Set([1, first.steps, ...others.map((task) => task.steps)]) }];
  });
}

type ExpectedStep = SharingStep & { readonly size: StepSize };

/** A step as it will probably be planned, as far as it decides about its task. */
function expectedStep(stage: Config, step: WorkflowStep, engine: EngineConfig): ExpectedStep {
  const { name, action, cache } = step;
  const participantCode = holdsParticipantCode(step);
  // Participants choose its image.
  if (action.kind === 'actor') return { participantCode, image: '', size: stage.steps.default };
  const worker = workerOf(engine, name, action.image, action.kind);
  return {
    participantCode,
    image: imageOf(action, name, worker, pythonSettings(stage)),
    ownImage: true,
    ...(worker.architecture && { architecture: worker.architecture }),
    network: worker.network,
    gpu: worker.gpu,
    spot: worker.spot,
    cache,
    ...(worker.volume !== undefined && { volume: worker.volume }),
    fetches: fetchesOf(engine, withoutReferences(step.inputs)),
    size: sizeOf(worker.size, stage.steps),
  };
}

/** The image of a step; empty if it depends on arguments. */
function imageOf(
  action: Exclude<WorkflowStep['action'], { readonly kind: 'actor' }>,
  step: string,
  worker: Worker,
  settings: PythonSettings,
): string {
  const image = action.kind === 'container' ? action.image : imageOfPython(action, step, worker, settings);
  return collectReferences(toPythonValue(image)).size === 0 ? image : '';
}
