import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { ARN, useQueue } from './queue-fixture.ts';

const queue = useQueue();
const { createQueue, send, receive, bodies, remove, counts } = queue;

describe('a message', () => {
  it('is received with the sent content, and does not exist after it was deleted', async () => {
    const { MessageId } = await send('naïve 😀\n');

    const [message] = await receive({ MessageSystemAttributeNames: ['All'] });
    await remove(message?.ReceiptHandle);
    queue.clock.advance(31_000);

    expect(message).toMatchObject({
      MessageId,
      Body: 'naïve 😀\n',
      Attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(Date.UTC(2030, 0, 1)),
        ApproximateFirstReceiveTimestamp: String(Date.UTC(2030, 0, 1)),
        SenderId: 'TESTKEY',
      },
    });
    expect(await receive()).toEqual([]);
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('has attributes, which the receiver selects', async () => {
    const attributes = {
      kind: { DataType: 'String', StringValue: 'dirty' },
      count: { DataType: 'Number', StringValue: '3' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const { MD5OfMessageAttributes } = await send('x', { MessageAttributes: attributes });

    const [all] = await receive({ MessageAttributeNames: ['All'], VisibilityTimeout: 0 });
    const [one] = await receive({ MessageAttributeNames: ['ki.*'], VisibilityTimeout: 0 });
    const [none] = await receive();

    expect(all).toMatchObject({ MessageAttributes: attributes, MD5OfMessageAttributes });
    expect(one?.MessageAttributes).toEqual({ kind: attributes.kind });
    expect(none?.MessageAttributes).toBeUndefined();
  });

  it('has the digest of attributes that AWS returns', async () => {
    // The digest of length-prefixed name, type, kind and value, calculated with another program.
    const { MD5OfMessageAttributes } = await send('x', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });

    expect(MD5OfMessageAttributes).toBe('bef8bf215374a0a228d67533b1a488be');
  });

  it('is hidden for the visibility timeout, then received again with a new receipt handle', async () => {
    await send('x');
    const [first] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    queue.clock.advance(29_999);
    expect(await receive()).toEqual([]);
    expect(await counts()).toEqual([0, 1, 0]);

    queue.clock.advance(1);
    const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    await remove(first?.ReceiptHandle);

    expect(first?.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(await counts()).toEqual([0, 1, 0]);
  });

  it('can be hidden longer or made visible immediately', async () => {
    await send('x');
    const [message] = await receive();
    const change = (VisibilityTimeout: number) =>
      queue.sqs.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queue.url,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );

    await change(100);
    queue.clock.advance(99_000);
    expect(await bodies()).toEqual([]);
    await change(0);

    await expect(change(10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    expect(await bodies()).toEqual(['x']);
  });

  it('can be delayed by the sender or by its queue', async () => {
    await send('delayed', { DelaySeconds: 10 });
    expect(await counts()).toEqual([0, 0, 1]);
    queue.url = await createQueue('slow', { DelaySeconds: '20' });
    await send('by the queue');
    await send('immediately', { DelaySeconds: 0 });

    expect(await bodies({ MaxNumberOfMessages: 10 })).toEqual(['immediately']);
    queue.clock.advance(10_000);
    expect(await bodies({ QueueUrl: queue.url.replace('slow', 'work') })).toEqual(['delayed']);
    expect(await bodies()).toEqual([]);
    queue.clock.advance(10_000);
    expect(await bodies()).toEqual(['by the queue']);
  });

  it('moves to the dead-letter queue after too many receives', async () => {
    const dead = await createQueue('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}:dead`, maxReceiveCount: 2 });
    queue.url = await createQueue('redriven', { VisibilityTimeout: '5', RedrivePolicy });
    await send('poison');

    for (let n = 0; n < 2; n += 1) {
      expect(await bodies()).toEqual(['poison']);
      queue.clock.advance(5000);
    }
    expect(await bodies()).toEqual([]);
    const [message] = await receive({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] });

    expect(message).toMatchObject({
      Body: 'poison',
      Attributes: { ApproximateReceiveCount: '3', DeadLetterQueueSourceArn: `${ARN}:redriven` },
    });
  });

  it('is deleted after the retention period', async () => {
    queue.url = await createQueue('short', { MessageRetentionPeriod: '60' });
    await send('old');
    queue.clock.advance(60_000);
    await send('new');

    expect(await counts()).toEqual([1, 0, 0]);
    expect(await bodies({ MaxNumberOfMessages: 10 })).toEqual(['new']);
  });

  it('is rejected when empty, too large, delayed too long or with characters outside XML', async () => {
    queue.url = await createQueue('small', { MaximumMessageSize: '1024' });

    await expect(send('')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send('é'.repeat(513))).rejects.toThrow('Message must be shorter than 1024 bytes');
    await expect(send('x', { DelaySeconds: 901 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(send('\u{0}')).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    await expect(send('x', { MessageGroupId: 'g' })).rejects.toThrow('MessageGroupId');
    await expect(send('é'.repeat(512))).resolves.toBeDefined();
  });

  it('can have 1 MiB', () => {
    const limit = 1024 * 1024;

    expect(() => queue.sqs.queues.send('work', 'x'.repeat(limit + 1))).toThrow('shorter than 1048576 bytes');
    expect(queue.sqs.queues.send('work', 'x'.repeat(limit))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is not deleted with an invalid receipt handle', async () => {
    await expect(remove('nonsense')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});
