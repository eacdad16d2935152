import type { FunctionHost } from '../lambda/function-host.ts';
import { pollQueue, type QueuePoller } from '../sqs/event-source.ts';
import type { Queues } from '../sqs/queues.ts';
import { deadLetters, type FunctionName, functionName, functions, queues as names } from './names.ts';

/** A message that fails this often goes to the queue's dead letters. */
const MAX_RECEIVES = 5;

/** What each queue feeds, with how many of its messages at a time. */
const feeds: readonly {
  readonly queue: string;
  readonly function: FunctionName;
  readonly maxConcurrency: number;
}[] = [
  { queue: names.board, function: 'board', maxConcurrency: 2 },
  { queue: names.dispatch, function: 'dispatch', maxConcurrency: 2 },
  { queue: names.settle, function: 'settle-run', maxConcurrency: 5 },
];

/** Creates the queues; `begin` starts calling the functions with their messages. */
export function feedFunctions(queues: Queues, host: FunctionHost, onFault: (line: string) => void) {
  for (const { queue, function: name } of feeds) {
    queues.ensure(deadLetters(queue));
    queues.ensure(queue, {
      // Six times the function's own time (Lambda, "Creating and configuring an SQS event source mapping").
      VisibilityTimeout: String(6 * functions[name].timeoutSeconds),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.arn(deadLetters(queue)),
        maxReceiveCount: MAX_RECEIVES,
      }),
    });
  }
  let pollers: QueuePoller[] = [];
  return {
    begin(): void {
      pollers = feeds.map(({ queue, function: name, maxConcurrency }) =>
        pollQueue({
          queues,
          queueName: queue,
          batchSize: 10,
          maxConcurrency,
          invoke: (event) => host.invoke(functionName(name), event),
          onFailure: (error) => onFault(`queue ${queue}: ${error}`),
        }),
      );
    },
    async close(): Promise<void> {
      await Promise.all(pollers.map((poller) => poller.close()));
    },
  };
}
