import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQueues } from '../../sqs/queues.ts';
import { ACCOUNT, manualClock, openQueues, REGION } from './running-sqs.ts';

let opened: Awaited<ReturnType<typeof openQueues>>;
const clock = manualClock();
beforeEach(async () => {
  opened = await openQueues(clock);
});
afterEach(() => opened.close());

describe('queues on disk', () => {
  it('keep attributes, messages and receipt handles across a restart', () => {
    opened.queues.ensure('work', { VisibilityTimeout: '5' });
    opened.queues.send('work', 'received');
    const [received] = opened.queues.receive('work', { count: 1 });
    opened.queues.send('work', 'waiting');
    opened.queues.send('work', 'delayed', 10);
    opened.queues.close();

    const again = createQueues({ dataDir: opened.dataDir, region: REGION, accountId: ACCOUNT, clock });
    const attributes = again.find('work').attributes;
    const counts = again.counts('work');
    again.remove('work', received?.receiptHandle ?? '');
    clock.advance(10_000);
    const rest = again.receive('work', { count: 10 }).map(({ body }) => body);
    again.close();

    expect(attributes.VisibilityTimeout).toBe(5);
    expect(counts).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
    expect(rest).toEqual(['waiting', 'delayed']);
  });

  it('can get new attributes from a later declaration', () => {
    opened.queues.ensure('work', { VisibilityTimeout: '5', DelaySeconds: '1' });
    opened.queues.send('work', 'kept', 0);

    opened.queues.ensure('work', { VisibilityTimeout: '7' });

    expect(opened.queues.find('work').attributes).toMatchObject({ VisibilityTimeout: 7, DelaySeconds: 0 });
    expect(opened.queues.counts('work').visible).toBe(1);
  });

  it('can be opened by only one process at a time', () => {
    const second = () => createQueues({ dataDir: opened.dataDir, region: REGION, accountId: ACCOUNT });

    expect(second).toThrow('is another stack running?');
  });
});
