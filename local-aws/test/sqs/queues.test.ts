import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { ARN, useQueue } from './queue-fixture.ts';
import { CREDENTIALS } from './running-sqs.ts';

const queue = useQueue();
const { createQueue, send, receive, counts } = queue;

describe('queues', () => {
  it('are created once: the same name with the same attributes returns the queue, with others it fails', async () => {
    const same = await createQueue('work', { VisibilityTimeout: '30' });
    const named = await queue.sqs.client.send(new GetQueueUrlCommand({ QueueName: 'work' }));

    expect(same).toBe(queue.url);
    expect(named.QueueUrl).toBe(queue.url);
    expect(queue.url).toMatch(/\/123456789012\/work$/);
    await expect(createQueue('work', { VisibilityTimeout: '31' })).rejects.toMatchObject({
      name: 'QueueNameExists',
    });
  });

  it('return their attributes', async () => {
    const { Attributes } = await queue.sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
    );
    const some = await queue.sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['QueueArn'] }),
    );

    expect(Attributes).toMatchObject({
      VisibilityTimeout: '30',
      DelaySeconds: '0',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      CreatedTimestamp: String(queue.clock.now() / 1000),
    });
    expect(some.Attributes).toEqual({ QueueArn: `${ARN}:work` });
  });

  it('reject invalid names and attributes', async () => {
    await expect(createQueue('no spaces')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(createQueue('a', { FifoQueue: 'true' })).rejects.toMatchObject({
      name: 'InvalidAttributeName',
    });
    await expect(createQueue('a', { DelaySeconds: '901' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
    await expect(createQueue('a', { RedrivePolicy: '{}' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
    const absent = JSON.stringify({ deadLetterTargetArn: `${ARN}:absent`, maxReceiveCount: 1 });
    await expect(createQueue('a', { RedrivePolicy: absent })).rejects.toThrow(
      'Dead letter target does not exist',
    );
  });

  it('that do not exist cause the error QueueDoesNotExist', async () => {
    queue.url = queue.url.replace('work', 'absent');

    await expect(send('x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(receive()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(
      queue.sqs.client.send(new GetQueueUrlCommand({ QueueName: 'absent' })),
    ).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('reject requests without a valid signature', async () => {
    const client = queue.sqs.clientWith({ ...CREDENTIALS, secretAccessKey: 'wrong' });

    await expect(
      client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' })),
    ).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});

describe('a purge', () => {
  it('deletes all messages of its queue, and none of other queues', async () => {
    await createQueue('other');
    queue.sqs.queues.send('other', 'kept');
    await send('visible');
    await send('delayed', { DelaySeconds: 10 });

    await queue.sqs.client.send(new PurgeQueueCommand({ QueueUrl: queue.url }));

    expect(await counts()).toEqual([0, 0, 0]);
    expect(queue.sqs.queues.counts('other').visible).toBe(1);
  });
});
