import { type Config, required } from '../config.ts';
import { toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { compileStateMachine } from '../engine/state-machine.ts';
import { FlowservError } from '../errors.ts';
import type { StateMachineContent } from '../services/executions.ts';
import type { Services } from '../services/services.ts';
import { collectReferences } from '../template/references.ts';
import type { WarningCode } from '../template/template-warnings.ts';
import { ensureTaskDefinition } from './task-definitions.ts';

/** Longest duration of a whole run: what an execution may cost when everything in it goes wrong. */
const RUN_TIMEOUT_SECONDS = 7 * 24 * 3600;

/** What a workflow is compiled to: a pure function of its steps and the settings. */
export interface CompiledStateMachine extends StateMachineContent {
  /** A hash of everything else. */
  readonly name: string;
}

/** @throws Error that names a missing setting */
export function compiledStateMachine(config: Config, { steps }: SerialWorkflow): CompiledStateMachine {
  const { compute, stage } = config;
  const { next, settle, roleArn, cluster } = stateMachineSettings(compute);
  const { name, definition } = compileStateMachine({
    stage,
    steps: steps.map((step) => ({ name: step.name })),
    functions: { next, settle },
    roleArn,
    cluster,
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
  return { name, definition, roleArn };
}

/** The settings that state machines are made with: after a change of them, workflows have to be compiled again. */
export const stateMachineSettings = (compute: Config['compute']) => ({
  next: required(compute.nextFunctionArn, 'FLOWSERV_NEXT_FUNCTION_ARN'),
  settle: required(compute.settleFunctionArn, 'FLOWSERV_SETTLE_FUNCTION_ARN'),
  roleArn: required(compute.stateMachineRoleArn, 'FLOWSERV_MACHINE_ROLE_ARN'),
  cluster: required(compute.clusterArn, 'FLOWSERV_CLUSTER_ARN'),
});

/**
 * Makes a workflow ready to run: registers the images that its template names and creates its state machine, as far as
 * they are not there yet. The operator does this once per version and after deployments that call for it; starting a
 * run needs neither.
 *
 * @returns ARN of the state machine
 */
export async function compileWorkflow(services: Services, workflow: SerialWorkflow): Promise<string> {
  await ensureTaskDefinitions(services, workflow);
  return createStateMachine(services, workflow);
}

async function createStateMachine(
  { config, executions }: Services,
  workflow: SerialWorkflow,
): Promise<string> {
  const { name, definition, roleArn } = compiledStateMachine(config, workflow);
  return executions.createStateMachine(name, definition, roleArn);
}

/** Registers the images that a workflow names, so that its first run does not wait for that. */
export async function ensureTaskDefinitions(services: Services, workflow: SerialWorkflow): Promise<void> {
  for (const reference of imagesOf(workflow)) await ensureTaskDefinition(services, { reference, own: true });
}

/**
 * Post-processing that cannot be run ends each of its runs as ERROR; the benchmark itself goes on. It has its machine all
 * the same, as whether its images can be had may change with the settings of the stage.
 */
export async function compilePostproc(
  services: Services,
  workflow: SerialWorkflow | undefined,
): Promise<{ readonly machine: string | null; readonly warnings: readonly Warning[] }> {
  if (!workflow) return { machine: null, warnings: [] };
  const stateMachine = await createStateMachine(services, workflow);
  try {
    await ensureTaskDefinitions(services, workflow);
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

/** Images that are known before any argument is. */
function imagesOf({ steps }: SerialWorkflow): Set<string> {
  const images = steps.flatMap(({ action }) => (action.kind === 'container' ? [action.image] : []));
  const fixed = images.filter((image): image is string => typeof image === 'string');
  return new Set(fixed.filter((image) => collectReferences(toPythonValue(image)).size === 0));
}
