import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { deliver, MAX_ATTEMPTS } from '../../shared/notifications/deliver.ts';
import { deliveryCodec } from '../../shared/notifications/deliveries.ts';
import { MAX_FAILING_DAYS } from '../../shared/notifications/webhook-receiver.ts';
import { addWebhook, listWebhooks } from '../../shared/notifications/webhooks.ts';
import { keys } from '../../shared/store/keys.ts';
import { respond, useReceiver } from '../notifications/receiver.ts';
import { storeEvent } from '../notifications/store-event.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { withoutMessages } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_WEBHOOKS: 'loopback' } });
const receiver = useReceiver();
let organiser = '';

beforeAll(async () => {
  organiser = (await stack.user('olga')).token;
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'organiser');
});
beforeEach(async () => {
  receiver.received.length = 0;
  receiver.state.answer = respond(204);
  for (const { id } of (await ask('GET', '')).json.webhooks) await ask('DELETE', `/${id}`);
});

const ask = (method: string, path: string, body?: object) =>
  stack.request(method, `/workflows/W/webhooks${path}`, { token: organiser, ...(body ? { body } : {}) });

/** A time at which the stack's own sweep finds nothing due. */
const FAR = Date.parse('2090-01-01T00:00:00Z');
const MINUTE = 60_000;
const at = (time: number) => ({ ...withoutMessages(stack.services), now: () => new Date(time) });
const sender = (time: number) => ({ ...servicesOf(stack, 'notify'), now: () => new Date(time) });

describe('a delivery', () => {
  let number = 0;
  /** Stores a webhook and a delivery that is not requested; returns how to attempt it and how to read it. */
  const prepare = async (path: string) => {
    const { webhook } = await addWebhook(at(FAR), 'operator', 'W', {
      url: path.startsWith('http') ? path : `${receiver.url}${path}`,
      events: ['run.ended'],
    });
    const store = async (id: string) => {
      const event = { type: 'run.ended', subject: id, at: '2090', workflowId: 'W', groupId: 'g' } as const;
      await storeEvent(at(FAR), { ...event, run: { id, state: 'SUCCESS' } });
      const found = await stack.services.table.list(keys.deliveries('W', webhook.id));
      const item = found.find((one) => deliveryCodec.read(one).run?.id === id);
      if (!item) throw new Error('no delivery');
      return item;
    };
    number += 1;
    const item = await store(`r${number}`);
    const order = { ownerId: 'W', key: item.sk };
    return {
      webhook,
      store,
      order,
      attempt: (time: number) => deliver(sender(time), order),
      read: async ({ pk, sk } = item) =>
        deliveryCodec.read((await stack.services.table.get({ pk, sk })) ?? item),
      health: async () => (await listWebhooks(stack.services, 'W')).find(({ id }) => id === webhook.id),
    };
  };

  it('is attempted eight times within 28 hours with the same id, and then fails', async () => {
    const { attempt, read } = await prepare('/fails');
    receiver.state.answer = respond(500);
    let time = FAR;
    const waits: number[] = [];
    for (;;) {
      await attempt(time);
      const { state, nextAttemptAt } = await read();
      if (state !== 'waiting') break;
      const next = Date.parse(nextAttemptAt ?? '');
      waits.push((next - time) / MINUTE);
      await attempt(next - 1);
      time = next;
    }
    expect(waits).toEqual([1, 5, 30, 120, 300, 600, 600]);
    expect(receiver.received).toHaveLength(MAX_ATTEMPTS);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(await read()).toMatchObject({ state: 'failed', attempts: 8, lastAttempt: { status: 500 } });
    await attempt(time + 10_000 * MINUTE);
    expect(receiver.received).toHaveLength(MAX_ATTEMPTS);
  });

  it('is made once by any number of messages about it', async () => {
    const { attempt, read } = await prepare('/once');
    await Promise.all(Array.from({ length: 6 }, () => attempt(FAR)));
    await attempt(FAR + MINUTE);
    expect(receiver.received).toHaveLength(1);
    expect(await read()).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await read()).not.toHaveProperty('dueAt');
  });

  it('is stored once for any number of repetitions of the event', async () => {
    const { store, webhook } = await prepare('/stored');
    await Promise.all(Array.from({ length: 5 }, () => store('same')));
    expect(await stack.services.table.list(keys.deliveries('W', webhook.id))).toHaveLength(2);
  });

  it('is attempted again when an attempt was interrupted', async () => {
    const { order, attempt, read } = await prepare('/interrupted');
    const { table, ...others } = sender(FAR);
    const dies = () => Promise.reject(new Error('the process is killed'));
    // The second read of the table is that of the secret, after the attempt was counted.
    let reads = 0;
    const get: typeof table.get = (key) => (++reads > 1 ? dies() : table.get(key));
    await expect(deliver({ ...others, table: { ...table, get } }, order)).rejects.toThrow('killed');
    expect(await read()).toMatchObject({ state: 'waiting', attempts: 1 });
    await attempt(FAR + 4 * MINUTE);
    expect(receiver.received).toEqual([]);
    await attempt(FAR + 5 * MINUTE);
    expect(await read()).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('waits without an attempt while another one to the same webhook has just failed', async () => {
    const { attempt, read, store, health } = await prepare('/busy');
    receiver.state.answer = respond(503);
    await attempt(FAR);
    const other = await store('other');
    const tryOther = (time: number) => deliver(sender(time), { ownerId: 'W', key: other.sk });
    await tryOther(FAR + 1);
    expect(receiver.received).toHaveLength(1);
    expect(await read(other)).toMatchObject({
      attempts: 0,
      nextAttemptAt: new Date(FAR + MINUTE).toISOString(),
    });
    expect(await health()).toMatchObject({ failing: { since: expect.stringContaining('2090') } });
    receiver.state.answer = respond(200);
    await tryOther(FAR + MINUTE);
    await attempt(FAR + MINUTE);
    expect([await read(other), await read()].map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(await health()).not.toHaveProperty('failing');
  });

  it('fails when the webhook is switched off, after three days of failures or by status 410', async () => {
    const { attempt, store, webhook, health } = await prepare('/days');
    receiver.state.answer = respond(500);
    await attempt(FAR);
    const last = await store('last');
    const later = await store('later');
    const days = FAR + MAX_FAILING_DAYS * 24 * 60 * MINUTE;
    await deliver(sender(days - 1), { ownerId: 'W', key: last.sk });
    expect(await health()).not.toHaveProperty('disabled');
    await attempt(days + MINUTE);
    expect(await health()).toMatchObject({ disabled: { reason: 'all attempts failed for 3 days' } });
    await deliver(sender(days + 5 * MINUTE), { ownerId: 'W', key: later.sk });
    expect(receiver.received).toHaveLength(3);
    const listed = (await ask('GET', `/${webhook.id}/deliveries`)).json.deliveries;
    expect(listed.find(({ run }: { run: { id: string } }) => run.id === 'later')).toMatchObject({
      state: 'failed',
      problem: 'the webhook is switched off',
    });
    const { json } = await ask('PUT', `/${webhook.id}`, { events: ['run.ended'] });
    expect(json).not.toHaveProperty('disabled');
    receiver.state.answer = respond(410);
    const gone = await store('gone');
    await deliver(sender(FAR), { ownerId: 'W', key: gone.sk });
    expect(await health()).toMatchObject({ disabled: { reason: 'the receiver responded with status 410' } });
  });

  it('is not made when its webhook was removed', async () => {
    const { attempt, read, webhook } = await prepare('/removed');
    await ask('DELETE', `/${webhook.id}`);
    await attempt(FAR);
    expect(receiver.received).toEqual([]);
    expect(await read()).toMatchObject({ state: 'failed', problem: 'the webhook was removed' });
  });

  it('reaches no address of the network of the installation, whatever its name resolves to', async () => {
    for (const url of [
      'https://localhost/',
      'https://127.0.0.1/',
      'https://169.254.169.254/',
      'https://[::1]/',
    ]) {
      const { order, read } = await prepare(url);
      const { config, ...services } = sender(FAR);
      await deliver({ ...services, config: { ...config, webhooks: 'public' } }, order);
      expect((await read()).lastAttempt, url).toMatchObject({ problem: 'the host has no public address' });
    }
  });
});
