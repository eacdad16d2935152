import type { createQueues } from '@flowserv/local-aws';
import { MACHINE_PREFIX, queues as queueNames } from './names.ts';

/** Sends the ends of executions to the queue of settle-run, as the rule of the CDK app. */
export const settleRule = (queues: Pick<ReturnType<typeof createQueues>, 'send'>) => ({
  name: 'settle',
  pattern: {
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail: {
      stateMachineArn: [{ prefix: MACHINE_PREFIX }],
      status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
    },
  },
  target: async (event: unknown) => queues.send(queueNames.settle, JSON.stringify(event)),
});
