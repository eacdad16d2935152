import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { clientOptions } from '../clients.ts';
import { logInfo, logWarning } from '../log.ts';
import { pauseAdmission } from '../runs/capacity.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { removeCreated, surveyCreated } from '../teardown/made.ts';
import { namesOfStage } from '../teardown/stage-names.ts';

/** Maximum number of attempts per call: AWS services throttle many deletions in a row. */
const ATTEMPTS = 10;

/**
 * Removes what runs and installed workflows made, before a stack that is deleted by hand: its tasks would hold the
 * cluster and the network, and its state machines and task definitions would be left. Does nothing for a stack that
 * stays, because only CloudFormation knows whether a resource is removed with its stack or by an update.
 *
 * @param stack ARN
 * @param cloudFormation address that replaces AWS's own
 */
export async function removeBeforeStack(
  services: Services,
  stack: string,
  cloudFormation?: string,
): Promise<void> {
  const { config, table } = services;
  const options = (endpoint?: string) => ({ ...clientOptions(config, endpoint), maxAttempts: ATTEMPTS });
  const { Stacks: [found] = [] } = await new CloudFormationClient(options(cloudFormation)).send(
    new DescribeStacksCommand({ StackName: stack }),
  );
  if (found?.StackStatus !== 'DELETE_IN_PROGRESS') {
    logInfo('nothing was removed, as the stack stays', { status: found?.StackStatus });
    return;
  }
  await pauseAdmission(services, true);
  const { sfn, ecs } = config.endpoints;
  const clients = { sfn: new SFNClient(options(sfn)), ecs: new ECSClient(options(ecs)) };
  const names = namesOfStage(config.stage);
  const made = await surveyCreated(clients, names);
  const kept = await removeCreated(
    clients,
    names,
    made,
    (family) => table.remove(keys.taskDefinition(family)),
    (what, state) => logInfo(what, { state }),
  );
  if (kept.length > 0) logWarning('ECS kept task definitions', { kept });
}
