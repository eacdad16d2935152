import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach } from 'vitest';
import { ACCOUNT, manualClock, startSqs } from './running-sqs.ts';

/** Prefix of the ARNs of the queues. */
export const ARN = `arn:aws:sqs:eu-central-1:${ACCOUNT}`;

/** Provides each test with a server, a manual clock, and a queue `work`, with short functions for requests. */
export function useQueue() {
  let clock: ReturnType<typeof manualClock>;
  let sqs: Awaited<ReturnType<typeof startSqs>>;
  let url: string;
  beforeEach(async () => {
    clock = manualClock();
    sqs = await startSqs(clock);
    url = await createQueue('work', { VisibilityTimeout: '30' });
  });
  afterEach(() => sqs.close());

  async function createQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
    const response = await sqs.client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return response.QueueUrl ?? '';
  }
  async function receive(more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
    const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: url, ...more }));
    return Messages ?? [];
  }
  return {
    get clock() {
      return clock;
    },
    get sqs() {
      return sqs;
    },
    /** URL of `work`, until a test selects another queue. */
    get url() {
      return url;
    },
    set url(chosen: string) {
      url = chosen;
    },
    createQueue,
    receive,
    send: (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
      sqs.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more })),
    bodies: async (more?: Partial<ReceiveMessageCommandInput>) =>
      (await receive(more)).map(({ Body }) => Body),
    remove: (ReceiptHandle: string | undefined) =>
      sqs.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })),
    /** Numbers of messages that are visible, in flight and delayed. */
    async counts() {
      const { Attributes } = await sqs.client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
      );
      return [
        Attributes?.ApproximateNumberOfMessages,
        Attributes?.ApproximateNumberOfMessagesNotVisible,
        Attributes?.ApproximateNumberOfMessagesDelayed,
      ].map(Number);
    },
  };
}
