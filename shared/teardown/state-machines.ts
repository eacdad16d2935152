import {
  DeleteStateMachineCommand,
  ExecutionDoesNotExist,
  paginateListExecutions,
  paginateListStateMachines,
  type SFNClient,
  StateMachineDoesNotExist,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { createPace, eachAtPace } from './pace.ts';
import type { StageNames } from './stage-names.ts';

/** Half of the rate that Step Functions allows (AWS Step Functions, "Quotas related to API action throttling"). */
const stopPace = () => createPace(100, 12);
const deletePace = () => createPace(50, 1);

/** ARNs of the state machines that installed workflows were compiled to. */
export async function listStateMachines(client: SFNClient, { isMade }: StageNames): Promise<string[]> {
  const arns: string[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    arns.push(
      ...stateMachines.flatMap(({ name, stateMachineArn }) =>
        stateMachineArn !== undefined && isMade(name ?? '') ? [stateMachineArn] : [],
      ),
    );
  }
  return arns;
}

/** ARNs of the executions of a state machine that have not ended. */
export async function listExecutions(client: SFNClient, stateMachineArn: string): Promise<string[]> {
  const arns: string[] = [];
  try {
    const input = { stateMachineArn, statusFilter: 'RUNNING' as const };
    for await (const { executions = [] } of paginateListExecutions({ client }, input)) {
      arns.push(...executions.flatMap(({ executionArn }) => executionArn ?? []));
    }
  } catch (error) {
    // The state machine was deleted meanwhile, for example before an interruption.
    if (!(error instanceof StateMachineDoesNotExist)) throw error;
  }
  return arns;
}

/** Stops executions. @param done called after each */
export const stopExecutions = (client: SFNClient, arns: readonly string[], done: () => void): Promise<void> =>
  eachAtPace(stopPace(), arns, done, async (executionArn) => {
    try {
      await client.send(new StopExecutionCommand({ executionArn, cause: 'the stage is being deleted' }));
    } catch (error) {
      if (!(error instanceof ExecutionDoesNotExist)) throw error;
    }
  });

/** Deletes state machines; deleting one that is gone succeeds. @param done called after each */
export const deleteStateMachines = (
  client: SFNClient,
  arns: readonly string[],
  done: () => void,
): Promise<void> =>
  eachAtPace(deletePace(), arns, done, (stateMachineArn) =>
    client.send(new DeleteStateMachineCommand({ stateMachineArn })),
  );
