import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { poll } from '../../end-to-end/running-stack.ts';
import { type PlainEvent, plain, taskEndsOf } from './history.ts';
import type { ExecutionWithTasks } from './other-interpreter.ts';

/** An execution of our interpreter, with everything that another interpreter needs to repeat it. */
export interface RecordedExecution extends ExecutionWithTasks {
  readonly name: string;
  readonly events: readonly PlainEvent[];
}

/** Returns the definitions of all state machines by ARN. */
export async function definitions(client: SFNClient): Promise<ReadonlyMap<string, string>> {
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({ maxResults: 1000 }));
  const described = stateMachines.map(async ({ stateMachineArn }) => {
    const { definition = '' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    return [stateMachineArn ?? '', definition] as const;
  });
  return new Map(await Promise.all(described));
}

/** Waits until all executions of a service ended, and returns them. */
export async function recordedExecutions(client: SFNClient): Promise<RecordedExecution[]> {
  const recorded: RecordedExecution[] = [];
  for (const [stateMachineArn, definition] of await definitions(client)) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    for (const execution of executions) recorded.push(await record(client, definition, execution));
  }
  return recorded;
}

async function record(
  client: SFNClient,
  definition: string,
  { executionArn, name = '' }: ExecutionListItem,
): Promise<RecordedExecution> {
  const ended = await poll(async () => {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === 'RUNNING' ? undefined : execution;
  }, `execution ${name} did not end`);
  const { events: history = [] } = await client.send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
  );
  const events = plain(history);
  return {
    name,
    definition,
    input: JSON.parse(ended.input ?? 'null'),
    events,
    tasks: taskEndsOf(events),
  };
}
