import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { useQueue } from './queue-fixture.ts';

const queue = useQueue();
const { send, receive, bodies } = queue;

describe('a receive', () => {
  it('returns up to ten messages, the longest due first', async () => {
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

  it('waits for a message to be sent or to become due', async () => {
    const sent = bodies({ WaitTimeSeconds: 20 });
    await untilWaiting();
    await send('now');
    expect(await sent).toEqual(['now']);

    await send('later', { DelaySeconds: 5 });
    const due = bodies({ WaitTimeSeconds: 20 });
    await untilWaiting();
    queue.clock.advance(5000);

    expect(await due).toEqual(['later']);
    expect(queue.clock.pending()).toBe(0);
  });

  it('returns nothing after its wait time', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await untilWaiting();

    queue.clock.advance(20_000);

    expect(await waiting).toEqual([]);
  });

  it('receives nothing for a client that disconnected', async () => {
    const abort = new AbortController();
    const waiting = queue.sqs.client
      .send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }), {
        abortSignal: abort.signal,
      })
      .catch(() => 'aborted');
    await untilWaiting();
    abort.abort();
    expect(await waiting).toBe('aborted');
    while (queue.clock.pending() > 0) await new Promise(setImmediate);

    await send('kept');

    expect(await bodies()).toEqual(['kept']);
  });

  /** A waiting receive has at least a timer for its deadline. */
  async function untilWaiting(): Promise<void> {
    while (queue.clock.pending() === 0) await new Promise(setImmediate);
  }
});
