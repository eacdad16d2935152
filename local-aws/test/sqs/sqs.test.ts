import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, CREDENTIALS, manualClock, startSqs } from './running-sqs.ts';

const QUEUE_ARN = `arn:aws:sqs:eu-central-1:${ACCOUNT}`;
let clock: ReturnType<typeof manualClock>;
let sqs: Awaited<ReturnType<typeof startSqs>>;
let QueueUrl: string;
beforeEach(async () => {
  clock = manualClock();
  sqs = await startSqs(clock);
  QueueUrl = await createQueue('work', { VisibilityTimeout: '30' });
});
afterEach(() => sqs.close());

async function createQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const answer = await sqs.client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return answer.QueueUrl ?? '';
}
const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  sqs.client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
async function receive(more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
  return Messages ?? [];
}
const bodies = async (more?: Partial<ReceiveMessageCommandInput>) =>
  (await receive(more)).map(({ Body }) => Body);
const remove = (ReceiptHandle: string | undefined) =>
  sqs.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
async function counts() {
  const { Attributes } = await sqs.client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return [
    Attributes?.ApproximateNumberOfMessages,
    Attributes?.ApproximateNumberOfMessagesNotVisible,
    Attributes?.ApproximateNumberOfMessagesDelayed,
  ].map(Number);
}

describe('queues', () => {
  it('are made once: the same attributes give the same queue, others are refused', async () => {
    const same = await createQueue('work', { VisibilityTimeout: '30' });
    const named = await sqs.client.send(new GetQueueUrlCommand({ QueueName: 'work' }));

    expect(same).toBe(QueueUrl);
    expect(named.QueueUrl).toBe(QueueUrl);
    expect(QueueUrl).toMatch(/\/123456789012\/work$/);
    await expect(createQueue('work', { VisibilityTimeout: '31' })).rejects.toMatchObject({
      name: 'QueueNameExists',
    });
  });

  it('tell their attributes', async () => {
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const some = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );

    expect(Attributes).toMatchObject({
      VisibilityTimeout: '30',
      DelaySeconds: '0',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      CreatedTimestamp: String(clock.now() / 1000),
    });
    expect(some.Attributes).toEqual({ QueueArn: `${QUEUE_ARN}:work` });
  });

  it('refuse names and attributes that SQS does not have', async () => {
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
    const absent = JSON.stringify({ deadLetterTargetArn: `${QUEUE_ARN}:absent`, maxReceiveCount: 1 });
    await expect(createQueue('a', { RedrivePolicy: absent })).rejects.toThrow(
      'Dead letter target does not exist',
    );
  });

  it('that do not exist are named so', async () => {
    QueueUrl = QueueUrl.replace('work', 'absent');

    await expect(send('x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(receive()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(sqs.client.send(new GetQueueUrlCommand({ QueueName: 'absent' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('are reached with a valid signature alone', async () => {
    const client = sqs.clientWith({ ...CREDENTIALS, secretAccessKey: 'wrong' });

    await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});

describe('a message', () => {
  it('is received with what was sent, and gone once deleted', async () => {
    const { MessageId } = await send('naïve 😀\n');

    const [message] = await receive({ MessageSystemAttributeNames: ['All'] });
    await remove(message?.ReceiptHandle);
    clock.advance(31_000);

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

  it('carries attributes, of which the receiver chooses', async () => {
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

  it('has the digest of attributes that AWS gives', async () => {
    // The digest over length-prefixed name, type, kind and value, computed with another program.
    const { MD5OfMessageAttributes } = await send('x', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });

    expect(MD5OfMessageAttributes).toBe('bef8bf215374a0a228d67533b1a488be');
  });

  it('is hidden for the visibility timeout, then comes again with a new receipt', async () => {
    await send('x');
    const [first] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    clock.advance(29_999);
    expect(await receive()).toEqual([]);
    expect(await counts()).toEqual([0, 1, 0]);

    clock.advance(1);
    const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    await remove(first?.ReceiptHandle);

    expect(first?.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(await counts()).toEqual([0, 1, 0]);
  });

  it('can be hidden longer, or shown at once', async () => {
    await send('x');
    const [message] = await receive();
    const change = (VisibilityTimeout: number) =>
      sqs.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );

    await change(100);
    clock.advance(99_000);
    expect(await bodies()).toEqual([]);
    await change(0);

    await expect(change(10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    expect(await bodies()).toEqual(['x']);
  });

  it('can be delayed, by itself or by its queue', async () => {
    await send('delayed', { DelaySeconds: 10 });
    expect(await counts()).toEqual([0, 0, 1]);
    QueueUrl = await createQueue('slow', { DelaySeconds: '20' });
    await send('by the queue');
    await send('at once', { DelaySeconds: 0 });

    expect(await bodies({ MaxNumberOfMessages: 10 })).toEqual(['at once']);
    clock.advance(10_000);
    expect(await bodies({ QueueUrl: QueueUrl.replace('slow', 'work') })).toEqual(['delayed']);
    expect(await bodies()).toEqual([]);
    clock.advance(10_000);
    expect(await bodies()).toEqual(['by the queue']);
  });

  it('goes to the dead-letter queue when it was received too often', async () => {
    const dead = await createQueue('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE_ARN}:dead`, maxReceiveCount: 2 });
    QueueUrl = await createQueue('redriven', { VisibilityTimeout: '5', RedrivePolicy });
    await send('poison');

    for (let n = 0; n < 2; n += 1) {
      expect(await bodies()).toEqual(['poison']);
      clock.advance(5000);
    }
    expect(await bodies()).toEqual([]);
    const [message] = await receive({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] });

    expect(message).toMatchObject({
      Body: 'poison',
      Attributes: { ApproximateReceiveCount: '3', DeadLetterQueueSourceArn: `${QUEUE_ARN}:redriven` },
    });
  });

  it('is dropped after the retention period', async () => {
    QueueUrl = await createQueue('short', { MessageRetentionPeriod: '60' });
    await send('old');
    clock.advance(60_000);
    await send('new');

    expect(await counts()).toEqual([1, 0, 0]);
    expect(await bodies({ MaxNumberOfMessages: 10 })).toEqual(['new']);
  });

  it('is refused when empty, too large, too late or of characters that XML does not have', async () => {
    QueueUrl = await createQueue('small', { MaximumMessageSize: '1024' });

    await expect(send('')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send('é'.repeat(513))).rejects.toThrow('Message must be shorter than 1024 bytes');
    await expect(send('x', { DelaySeconds: 901 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(send('\u{0}')).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    await expect(send('x', { MessageGroupId: 'g' })).rejects.toThrow('MessageGroupId');
    await expect(send('é'.repeat(512))).resolves.toBeDefined();
  });

  it('may have 1 MiB', () => {
    const limit = 1024 * 1024;

    expect(() => sqs.queues.send('work', 'x'.repeat(limit + 1))).toThrow('shorter than 1048576 bytes');
    expect(sqs.queues.send('work', 'x'.repeat(limit))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is not deleted with a receipt that is none', async () => {
    await expect(remove('nonsense')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});

describe('a receive', () => {
  it('takes up to ten messages, the longest due first', async () => {
    for (let n = 0; n < 12; n += 1) await send(`${n}`);

    expect(await bodies()).toEqual(['0']);
    expect(await bodies({ MaxNumberOfMessages: 10 })).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
    ]);
    await expect(receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  it('waits for a message that is sent meanwhile, or becomes due', async () => {
    const sent = bodies({ WaitTimeSeconds: 20 });
    await untilWaiting();
    await send('now');
    expect(await sent).toEqual(['now']);

    await send('later', { DelaySeconds: 5 });
    const due = bodies({ WaitTimeSeconds: 20 });
    await untilWaiting();
    clock.advance(5000);

    expect(await due).toEqual(['later']);
    expect(clock.pending()).toBe(0);
  });

  it('ends empty after its time', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await untilWaiting();

    clock.advance(20_000);

    expect(await waiting).toEqual([]);
  });

  it('takes nothing for a client that has gone', async () => {
    const abort = new AbortController();
    const waiting = sqs.client
      .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: abort.signal })
      .catch(() => 'aborted');
    await untilWaiting();
    abort.abort();
    expect(await waiting).toBe('aborted');
    while (clock.pending() > 0) await new Promise(setImmediate);

    await send('kept');

    expect(await bodies()).toEqual(['kept']);
  });

  /** A waiting receive holds at least its deadline. */
  async function untilWaiting(): Promise<void> {
    while (clock.pending() === 0) await new Promise(setImmediate);
  }
});

describe('a batch', () => {
  it('is sent and deleted entry by entry', async () => {
    const sent = await sqs.client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'first' },
          { Id: 'b', MessageBody: '\u{1}' },
          { Id: 'c', MessageBody: 'third', DelaySeconds: 10 },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
    expect(await counts()).toEqual([1, 0, 1]);

    const [message] = await receive();
    const deleted = await sqs.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: message?.ReceiptHandle },
          { Id: 'y', ReceiptHandle: 'nonsense' },
        ],
      }),
    );

    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(['x']);
    expect(deleted.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }]);
    expect(await counts()).toEqual([0, 0, 1]);
  });

  it('is refused when empty, too long, with ids twice or ids that are none', async () => {
    const batch = (ids: string[]) =>
      sqs.client.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody: 'x' })) }),
      );

    await expect(batch([])).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
    await expect(batch(Array.from({ length: 11 }, (_, n) => `${n}`))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
    await expect(batch(['a', 'a'])).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
    await expect(batch(['a b'])).rejects.toMatchObject({ name: 'InvalidBatchEntryId' });
    expect(await counts()).toEqual([0, 0, 0]);
  });
});

describe('a purge', () => {
  it('drops every message of its queue alone', async () => {
    await createQueue('other');
    sqs.queues.send('other', 'kept');
    await send('visible');
    await send('delayed', { DelaySeconds: 10 });

    await sqs.client.send(new PurgeQueueCommand({ QueueUrl }));

    expect(await counts()).toEqual([0, 0, 0]);
    expect(sqs.queues.counts('other').visible).toBe(1);
  });
});
