import { DeleteMessageBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { useQueue } from './queue-fixture.ts';

const queue = useQueue();
const { receive, counts } = queue;

describe('a batch', () => {
  it('is sent and deleted entry by entry', async () => {
    const sent = await queue.sqs.client.send(
      new SendMessageBatchCommand({
        QueueUrl: queue.url,
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
    const deleted = await queue.sqs.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queue.url,
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

  it('is rejected when empty, too long, or with duplicate or invalid ids', async () => {
    const batch = (ids: string[]) =>
      queue.sqs.client.send(
        new SendMessageBatchCommand({
          QueueUrl: queue.url,
          Entries: ids.map((Id) => ({ Id, MessageBody: 'x' })),
        }),
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
