import { beforeAll, expect, it } from 'vitest';
import { purge } from '../../shared/maintenance/purge.ts';
import { giveRole } from '../../shared/members/members.ts';
import { deliver } from '../../shared/notifications/deliver.ts';
import { deliveryCodec } from '../../shared/notifications/deliveries.ts';
import { spread, spreadItem } from '../../shared/notifications/spread.ts';
import { subscriptionCodec } from '../../shared/notifications/subscriptions.ts';
import { keys } from '../../shared/store/keys.ts';
import { cliWith } from '../bin/run-cli.ts';
import { storeEvent } from '../notifications/store-event.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { mails } from './mailed-ids.ts';
import { servicesOf } from './own-function.ts';
import { withoutMessages } from './played-run.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_MAIL_FROM: 'robot@example.org' }, check: 'consistency' });
const [ADA, BOB, OLGA] = ['ada@example.org', 'bob@example.org', 'olga@example.org'];
let ada = { id: '', token: '' };
let bob = { id: '', token: '' };
let olga = { id: '', token: '' };
let group = '';

beforeAll(async () => {
  [ada, bob, olga] = [await stack.user(ADA), await stack.user(BOB), await stack.user(OLGA)];
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', OLGA, 'organiser');
  group = await stack.group('W', ada.token, 'Team');
});

const PATH = '/workflows/W/subscription';
const set = (token: string, events: readonly string[]) =>
  stack.request('PUT', PATH, { token, body: { events } });
const mailsTo = (address: string, text = '') =>
  mails(stack.dataDir).filter((mail) => mail.includes(`To: ${address}`) && mail.includes(text));
const mailed = (address: string, text: string) =>
  poll(async () => mailsTo(address, text)[0], `no mail to ${address} has '${text}'`);
const announce = (text: string) =>
  stack.request('POST', '/workflows/W/announcements', { token: olga.token, body: { text } });
/** Waits until everything is sent that was to be sent. */
const quiet = () =>
  poll(async () => {
    const items = await stack.services.table.list(keys.allOfWebhooks('W'));
    return items.every(({ state }) => state === 'delivered' || state === 'failed') || undefined;
  }, 'something is not sent');

it('are not sent to users who did not ask', async () => {
  expect((await stack.request('GET', PATH, { token: ada.token })).json).toEqual({ events: [] });
  const { json } = await start(stack, group, ada.token);
  await stack.ended(json.id, ada.token);
  await announce('No one asked.');
  await quiet();
  expect(mails(stack.dataDir)).toEqual([]);
});

it('are sent to members of the group about the end of its runs', async () => {
  for (const { token } of [ada, bob])
    expect((await set(token, ['run.ended'])).json).toEqual({ events: ['run.ended'] });
  const { json } = await start(stack, group, ada.token);
  const mail = await mailed(ADA, json.id);
  expect(mail).toMatch(/^Subject: Run in W: SUCCESS\r?$/m);
  expect(mail).toContain(`${stack.url}/runs/${json.id}`);
  expect(mail).toContain('flowserv workflows notify -w W --off');
  await quiet();
  expect(mailsTo(BOB)).toEqual([]);
  expect(mailsTo(ADA)).toHaveLength(1);
});

it('are sent to everyone who asked about announcements, also the members of other groups', async () => {
  await set(ada.token, []);
  await set(bob.token, ['announcement.created']);
  await announce('The deadline is *Friday*.\n\nNot Thursday.');
  const mail = await mailed(BOB, 'Not Thursday.');
  expect(mail).toMatch(/^Subject: Announcement in W\r?$/m);
  await quiet();
  expect(mailsTo(ADA, 'Friday')).toEqual([]);
});

it('are set by the command line, only by users whose name is a mail address', async () => {
  const cliOf = (user: string) => cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: user });
  const notify = async (args: string) => (await cliOf(ada.token)(`workflows notify -w W ${args}`)).stdout;
  expect(await notify('--mail run.ended announcement.created')).toBe(
    'you get mail about run.ended, announcement.created of workflow W.\n',
  );
  const { json } = await stack.request('GET', '/users/export', { token: ada.token });
  expect(json.mail).toEqual([{ workflow: 'W', events: ['run.ended', 'announcement.created'] }]);
  expect(await notify('--off')).toBe('you get no mail of workflow W.\n');
  const { token } = await stack.user('plain');
  expect((await set(token, ['run.ended'])).json.code).toBe('subscription.mail');
  expect((await set(token, [])).status).toBe(200);
  const { stderr } = await cliOf(token)('workflows notify -w W --mail run.ended');
  expect(stderr).toContain('mail is sent to users whose name is a mail address');
  expect((await set(ada.token, ['x'])).status).toBe(400);
});

/** A time at which the stack's own sweep finds nothing due. */
const FAR = Date.parse('2090-01-01T00:00:00Z');
const at = (time: number) => ({ ...withoutMessages(stack.services), now: () => new Date(time) });

it('are at most 50 a day to one mailbox, and none when the user wants no more', async () => {
  await set(ada.token, ['run.ended']);
  const event = { type: 'run.ended', at: '2090', workflowId: 'W', groupId: group } as const;
  const orderOf = async (id: string) => {
    await storeEvent(at(FAR), { ...event, subject: id, run: { id, state: 'SUCCESS' } }, [ada.id]);
    const items = await stack.services.table.list(keys.deliveries('W', `mail-${ada.id}`));
    const item = items.find((one) => deliveryCodec.read(one).run?.id === id);
    return { ownerId: 'W', key: item?.sk ?? '' };
  };
  const before = mailsTo(ADA).length;
  const sender = { ...servicesOf(stack, 'notify'), now: () => new Date(FAR) };
  const orders: Awaited<ReturnType<typeof orderOf>>[] = [];
  for (let number = 0; number < 52; number += 1) orders.push(await orderOf(`r${number}`));
  for (const order of orders) await deliver(sender, order);
  expect(mailsTo(ADA)).toHaveLength(before + 50);
  const read = async ({ key }: { key: string }) =>
    deliveryCodec.read(
      (await stack.services.table.get({ pk: keys.webhooks('W').pk, sk: key })) ?? { pk: '', sk: '' },
    );
  expect(await read(orders[51] ?? { key: '' })).toMatchObject({
    state: 'failed',
    lastAttempt: { problem: 'the daily limit of mails is reached' },
  });
  const late = await orderOf('late');
  await set(ada.token, []);
  await deliver(sender, late);
  expect(await read(late)).toMatchObject({
    state: 'failed',
    problem: 'the user wants no such mail any more',
  });
});

it('about announcements are stored page by page, each once, also after an interruption', async () => {
  const { table } = stack.services;
  const many = Array.from({ length: 230 }, (_, number) => `u${String(number).padStart(3, '0')}`);
  for (const userId of many) {
    const subscription = { userId, workflowId: 'MANY', address: `${userId}@example.org`, since: '2026' };
    const events = [userId === 'u007' ? ('run.ended' as const) : ('announcement.created' as const)];
    await table.put(subscriptionCodec.write(keys.subscription('MANY', userId), { ...subscription, events }));
  }
  const event = { type: 'announcement.created', subject: 'a', at: '2090', workflowId: 'MANY' } as const;
  const item = spreadItem(at(FAR), { ...event, announcement: { id: 'a', text: 'Hello' } });
  await table.put(item);
  const order = { ownerId: 'MANY', key: item.sk };
  const stored = async () =>
    (await table.list(keys.allOfWebhooks('MANY'))).filter(({ sk }) => sk.startsWith('DELIVERY#'));
  const { table: own, ...others } = { ...servicesOf(stack, 'notify'), ...at(FAR) };
  // The update of the cursor is lost once.
  const dies = () => Promise.reject(new Error('the process is killed'));
  await expect(spread({ ...others, table: { ...own, update: dies } }, order)).rejects.toThrow('killed');
  expect(await stored()).toHaveLength(99);
  for (let call = 0; call < 4; call += 1) await spread({ ...others, table: own }, order);
  const users = (await stored()).map((one) => deliveryCodec.read(one).userId);
  expect(users.toSorted()).toEqual(many.filter((userId) => userId !== 'u007'));
  expect(await table.get({ pk: item.pk, sk: item.sk })).toBeUndefined();
});

it('end with the account', async () => {
  await set(bob.token, ['run.ended']);
  expect(await stack.services.table.get(keys.subscription('W', bob.id))).toBeDefined();
  const body = { password: `password of ${BOB}` };
  expect((await stack.request('POST', '/users/delete', { token: bob.token, body })).status).toBeLessThan(300);
  await purge(servicesOf(stack, 'sweep'), { kind: 'user', id: bob.id, key: keys.user(bob.id) });
  await poll(
    async () => ((await stack.services.table.get(keys.subscription('W', bob.id))) ? undefined : true),
    'the subscription is left',
  );
  expect(await stack.services.table.list(keys.allSubscribed(bob.id))).toEqual([]);
});
