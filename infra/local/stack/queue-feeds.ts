import { BATCH_SIZE, MAX_RECEIVES, queueFeeds, queueNames, visibilitySeconds } from '../../queues.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import { pollQueue, type QueuePoller } from '../sqs/event-source.ts';
import type { Queues } from '../sqs/queues.ts';
import { deadLetters, functionName, queues as names } from './names.ts';

/** Creates the queues; `begin` starts calling the functions with their messages. */
export function feedFunctions(queues: Queues, host: FunctionHost, onFault: (line: string) => void) {
  for (const key of queueNames) {
    const queue = names[key];
    queues.ensure(deadLetters(queue));
    queues.ensure(queue, {
      VisibilityTimeout: String(visibilitySeconds(key)),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.arn(deadLetters(queue)),
        maxReceiveCount: MAX_RECEIVES,
      }),
    });
  }
  let pollers: QueuePoller[] = [];
  return {
    begin(): void {
      pollers = queueNames.map((key) =>
        pollQueue({
          queues,
          queueName: names[key],
          batchSize: BATCH_SIZE,
          maxConcurrency: queueFeeds[key].maxConcurrency,
          invoke: (event) => host.invoke(functionName(queueFeeds[key].function), event),
          onFailure: (error) => onFault(`queue ${names[key]}: ${error}`),
        }),
      );
    },
    async close(): Promise<void> {
      await Promise.all(pollers.map((poller) => poller.close()));
    },
  };
}
