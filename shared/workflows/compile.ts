import { required } from '../config.ts';
import { toPythonValue } from '../documents/python-value.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { compileStateMachine } from '../engine/state-machine.ts';
import type { Services } from '../services/services.ts';
import { collectReferences } from '../template/references.ts';
import { ensureTaskDefinition } from './task-definitions.ts';

/** Longest duration of a whole run: what an execution may cost when everything in it goes wrong. */
const RUN_TIMEOUT_SECONDS = 7 * 24 * 3600;

/**
 * Makes a workflow ready to run: registers the images that its template names and creates its state machine.
 * The operator does this once per version; starting a run needs neither.
 *
 * @returns ARN of the state machine
 */
export async function compileWorkflow(services: Services, workflow: SerialWorkflow): Promise<string> {
  const { config, executions } = services;
  for (const image of imagesOf(workflow)) await ensureTaskDefinition(services, image);
  const { compute, stage } = config;
  const roleArn = required(compute.machineRoleArn, 'FLOWSERV_MACHINE_ROLE_ARN');
  const { name, definition } = compileStateMachine({
    stage,
    steps: workflow.steps.map((step) => ({ name: step.name })),
    functions: {
      next: required(compute.nextFunctionArn, 'FLOWSERV_NEXT_FUNCTION_ARN'),
      settle: required(compute.settleFunctionArn, 'FLOWSERV_SETTLE_FUNCTION_ARN'),
    },
    roleArn,
    cluster: required(compute.clusterArn, 'FLOWSERV_CLUSTER_ARN'),
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
  return executions.createMachine(name, definition, roleArn);
}

/** Images that are known before any argument is. */
function imagesOf({ steps }: SerialWorkflow): Set<string> {
  const images = steps.flatMap(({ action }) => (action.kind === 'container' ? [action.image] : []));
  const fixed = images.filter((image): image is string => typeof image === 'string');
  return new Set(fixed.filter((image) => collectReferences(toPythonValue(image)).size === 0));
}
