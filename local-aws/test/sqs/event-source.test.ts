import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../sqs/clock.ts';
import {
  type QueuePoller,
  type QueuePollerOptions,
  type SqsRecord,
  startQueuePoller,
} from '../../sqs/event-source.ts';
import { ACCOUNT, manualClock, openQueues } from './running-sqs.ts';

const VISIBILITY_MS = 30_000;
const ARN = `arn:aws:sqs:eu-central-1:${ACCOUNT}`;

let clock: ReturnType<typeof manualClock>;
let opened: Awaited<ReturnType<typeof openQueues>>;
let poller: QueuePoller | undefined;
let batches: (readonly SqsRecord[])[];
let failures: unknown[];
beforeEach(async () => {
  clock = manualClock();
  opened = await openQueues(clock);
  opened.queues.ensure('work');
  batches = [];
  failures = [];
});
afterEach(async () => {
  await poller?.close();
  await opened.close();
});

type Handler = (records: readonly SqsRecord[]) => unknown;

function poll(handler: Handler, more: Partial<QueuePollerOptions> = {}): void {
  poller = startQueuePoller({
    queues: opened.queues,
    queueName: 'work',
    batchSize: 10,
    maxConcurrency: 1,
    invoke: async ({ Records }) => {
      batches.push(Records);
      return handler(Records);
    },
    onFailure: (error) => failures.push(error),
    ...more,
  });
}
const bodies = () => batches.map((records) => records.map(({ body }) => body));
const left = () => Object.values(opened.queues.counts('work')).reduce((sum, count) => sum + count, 0);
/** Waits for all work that does not need the clock. */
const settle = async () => {
  for (let n = 0; n < 10; n += 1) await turn();
};

describe('the poller', () => {
  it("passes messages in Lambda's format and deletes them", async () => {
    opened.queues.sendMessage('work', {
      body: '{"workflowId":"w"}',
      attributes: { kind: { DataType: 'String', StringValue: 'dirty' } },
      sender: 'SENDER',
    });

    poll(() => undefined);
    await settle();

    expect(batches).toEqual([
      [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"workflowId":"w"}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: String(clock.now()),
            SenderId: 'SENDER',
            ApproximateFirstReceiveTimestamp: String(clock.now()),
          },
          messageAttributes: {
            kind: { stringValue: 'dirty', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfBody: '0142dec688dab240c5a36e295bd09a06',
          eventSource: 'aws:sqs',
          eventSourceARN: `${ARN}:work`,
          awsRegion: 'eu-central-1',
        },
      ],
    ]);
    expect(left()).toBe(0);
  });

  it('receives a message when it is sent or becomes due', async () => {
    poll(() => null);

    opened.queues.send('work', 'now');
    await settle();
    opened.queues.send('work', 'later', 60);
    await settle();
    expect(bodies()).toEqual([['now']]);
    clock.advance(60_000);
    await settle();

    expect(bodies()).toEqual([['now'], ['later']]);
  });

  it('sets no timer while its queue is empty', async () => {
    poll(() => null);
    opened.queues.send('work', 'x');
    await settle();

    expect(bodies()).toEqual([['x']]);
    expect(clock.pending()).toBe(0);
  });

  it('retries the messages of a failed invocation after the visibility timeout', async () => {
    let attempts = 0;
    poll(() => {
      attempts += 1;
      if (attempts === 1) throw new Error('out of order');
      return {};
    });
    opened.queues.send('work', 'x');
    await settle();
    clock.advance(VISIBILITY_MS - 1);
    await settle();
    expect(bodies()).toEqual([['x']]);

    clock.advance(1);
    await settle();

    expect(bodies()).toEqual([['x'], ['x']]);
    expect(batches[1]?.[0]?.attributes.ApproximateReceiveCount).toBe('2');
    expect(failures).toEqual([new Error('out of order')]);
    expect(left()).toBe(0);
  });

  it('keeps only the messages that the function reports as failures', async () => {
    for (const body of ['a', 'b', 'c']) opened.queues.send('work', body);
    poll((records) => ({
      batchItemFailures: records
        .filter(({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1')
        .map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    await settle();
    expect(left()).toBe(1);

    clock.advance(VISIBILITY_MS);
    await settle();

    expect(bodies()).toEqual([['a', 'b', 'c'], ['b']]);
    expect(left()).toBe(0);
  });

  it.each([
    ['nothing', undefined, 0],
    ['null', null, 0],
    ['text', 'done', 0],
    ['no list', { batchItemFailures: null }, 0],
    ['an empty list', { batchItemFailures: [] }, 0],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 2],
    ['no identifier', { batchItemFailures: [{ itemIdentifier: null }] }, 2],
    ['a wrong key', { batchItemFailures: [{ id: 'x' }] }, 2],
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'x' }] }, 2],
  ])('handles a result with %s in the same way as Lambda', async (_name, response, kept) => {
    opened.queues.send('work', 'a');
    opened.queues.send('work', 'b');

    poll(() => response);
    await settle();

    expect(bodies()).toEqual([['a', 'b']]);
    expect(left()).toBe(kept);
  });

  it('moves a message that always fails to the dead-letter queue', async () => {
    opened.queues.ensure('dead');
    opened.queues.ensure('work', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}:dead`, maxReceiveCount: 2 }),
    });
    const dead: string[] = [];
    const deadPoller = startQueuePoller({
      queues: opened.queues,
      queueName: 'dead',
      batchSize: 1,
      maxConcurrency: 1,
      invoke: async ({ Records }) => dead.push(...Records.map(({ body }) => body)),
    });
    poll(() => Promise.reject(new Error('never')));
    opened.queues.send('work', 'poison');

    for (let n = 0; n < 4; n += 1) {
      await settle();
      clock.advance(VISIBILITY_MS);
    }
    await settle();
    await deadPoller.close();

    expect(bodies()).toEqual([['poison'], ['poison']]);
    expect(dead).toEqual(['poison']);
  });

  it('observes its batch size and its maximum number of concurrent invocations', async () => {
    for (let n = 0; n < 9; n += 1) opened.queues.send('work', `${n}`);
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    poll(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
      },
      { batchSize: 2, maxConcurrency: 3 },
    );
    await settle();
    expect(bodies()).toEqual([
      ['0', '1'],
      ['2', '3'],
      ['4', '5'],
    ]);

    while (ends.length > 0) {
      ends.shift()?.();
      await settle();
    }

    expect(most).toBe(3);
    expect(bodies().flat()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    expect(left()).toBe(0);
  });

  it('keeps an event below the maximum size of a function event', async () => {
    for (let n = 0; n < 7; n += 1) opened.queues.send('work', `${n}`.repeat(1024 * 1024));

    poll(() => null);
    await settle();

    expect(batches.map(({ length }) => length)).toEqual([5, 2]);
  });

  it('receives nothing after it is closed, and waits for running invocations', async () => {
    let end = () => {};
    poll(() => new Promise<void>((resolve) => (end = resolve)));
    opened.queues.send('work', 'running');
    await settle();
    let closed = false;
    const closing = poller?.close().then(() => {
      closed = true;
    });
    opened.queues.send('work', 'after');
    await settle();
    expect(closed).toBe(false);

    end();
    await closing;

    expect(bodies()).toEqual([['running']]);
    expect(opened.queues.counts('work')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it('fails to start without a queue', () => {
    expect(() => poll(() => null, { queueName: 'absent' })).toThrow('The specified queue does not exist.');
  });

  it("works with the system's clock", async () => {
    const real = await openQueues(systemClock);
    real.queues.ensure('work', { VisibilityTimeout: '0' });
    let attempts = 0;
    const realPoller = startQueuePoller({
      queues: real.queues,
      queueName: 'work',
      batchSize: 1,
      maxConcurrency: 1,
      invoke: async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('again');
      },
    });

    real.queues.send('work', 'x');
    await expect.poll(() => real.queues.counts('work')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    await realPoller.close();
    await real.close();

    expect(attempts).toBe(3);
  });
});
