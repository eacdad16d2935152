import { type FunctionHost, type QueuePoller, type Queues, startQueuePoller } from '@flowserv/local-aws';
import type { FunctionName } from '../functions.ts';
import { queueFeeds, queueNames, visibilitySeconds } from '../queues.ts';
import type { CallObserver } from './calls.ts';
import { deadLetters, functionName, queues as names } from './names.ts';

export interface FeedOptions {
  readonly onFault: (line: string) => void;
  /** Called for the calls of Lambda's pollers, which use the role of the function. */
  readonly onCall?: CallObserver | undefined;
}

/** Creates the queues; `begin` starts calling the functions with their messages. */
export function feedFunctions(queues: Queues, host: FunctionHost, { onFault, onCall }: FeedOptions) {
  for (const key of queueNames) {
    const queue = names[key];
    queues.ensure(deadLetters(queue));
    queues.ensure(queue, {
      VisibilityTimeout: String(visibilitySeconds(key)),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.arn(deadLetters(queue)),
        maxReceiveCount: queueFeeds[key].maxReceives,
      }),
    });
  }
  let pollers: QueuePoller[] = [];
  return {
    begin(): void {
      pollers = queueNames.map((key) =>
        startQueuePoller({
          queues: onCall ? observedQueues(queues, queueFeeds[key].function, onCall) : queues,
          queueName: names[key],
          batchSize: queueFeeds[key].batchSize,
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

function observedQueues(queues: Queues, caller: FunctionName, observe: CallObserver): Queues {
  const report = (operation: string, name: string) =>
    observe({
      caller,
      service: 'sqs',
      operation,
      input: { QueueUrl: queues.url(name) },
      error: undefined,
    });
  return {
    ...queues,
    receive(name, options) {
      const messages = queues.receive(name, options);
      if (messages.length > 0) report('ReceiveMessage', name);
      return messages;
    },
    remove(name, receiptHandle) {
      queues.remove(name, receiptHandle);
      report('DeleteMessage', name);
    },
  };
}
