import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/stack/calls.ts';
import { archiveObject, orderArchive } from '../../shared/archives/order.ts';
import { findRun } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { cliWith } from '../bin/run-cli.ts';
import { fixture, poll, type Reply, type RunningStack, runStack } from '../local/running-stack.ts';

/** Archives that the last step has not made: those of more than 1 GiB, and those for which its disk had no room. */
describe('archives made on request', () => {
  let stack: RunningStack;
  let folder = '';
  let alice = '';
  let bob = '';
  let group = '';
  let run: Reply['json'];
  let archive = '';
  let object = '';
  const calls: StackCall[] = [];

  beforeAll(async () => {
    stack = await runStack({}, { onCall: (call) => calls.push(call) });
    folder = mkdtempSync(join(tmpdir(), 'flowserv-archives-'));
    alice = (await stack.user('alice')).token;
    bob = (await stack.user('bob')).token;
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HW', alice, 'Alice');
    run = await greeted();
    archive = `/runs/${run.id}/downloads/archive`;
    object = archiveObject(await findRun(stack.services, run.id));
  });
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await stack.services.objects.remove('data', object);
    await stack.services.table.transact([stack.services.table.write.remove(keys.archiveOrder(run.id))]);
    calls.length = 0;
  });

  const greeted = async () =>
    stack.ended((await stack.greet(group, alice, 'Ann\n', [{ name: 'sleeptime', value: 0 }])).id, alice);
  const orders = () =>
    calls.filter(({ caller, operation }) => caller === 'api' && operation === 'SendMessage').length;
  /** An order of that many minutes ago, whose message nobody has got. */
  const lostOrder = async (minutes: number) => {
    const { services } = stack;
    const messages = { ...services.messages, makeArchive: async () => {} };
    const now = () => new Date(Date.now() - 60_000 * minutes);
    await orderArchive({ ...services, messages, now }, await findRun(services, run.id));
  };
  const made = () =>
    poll(async () => {
      const reply = await stack.request('GET', archive, { token: alice });
      return reply.status === 200 ? reply : undefined;
    }, 'the archive has not been made');
  const membersOf = (bytes: Buffer) => {
    const file = join(folder, 'made.tar.gz');
    writeFileSync(file, bytes);
    return execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trim().split('\n');
  };

  it('a request says that the archive is being made and when to come again, and then it is there', async () => {
    const { status, headers, json } = await stack.request('GET', archive, { token: alice });
    expect([status, headers.get('retry-after')]).toEqual([202, '5']);
    expect(json).toEqual({ message: 'the archive is being made, please try again' });
    const reply = await made();
    expect(reply.headers.get('content-type')).toBe('application/gzip');
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename=run.tar.gz');
    const names = run.files.map(({ name }: { name: string }) => name);
    expect(membersOf(reply.bytes)).toEqual(names);
    const greetings = execFileSync('tar', ['xzOf', join(folder, 'made.tar.gz'), 'results/greetings.txt'], {
      encoding: 'utf8',
    });
    expect(greetings).toContain('Ann');
  });

  it('while it is being made, all ways to it say so, and nobody orders it again', async () => {
    await lostOrder(0);
    const head = await stack.request('HEAD', archive, { token: alice });
    expect([head.status, head.text]).toEqual([202, '']);
    const link = await stack.request('GET', `${archive}?link=json`, { token: alice });
    expect([link.status, Object.keys(link.json)]).toEqual([202, ['message']]);
    const part = await stack.request('GET', archive, { token: alice, headers: { range: 'bytes=0-1' } });
    expect(part.status).toBe(202);
    expect(orders()).toBe(0);
  });

  it('an order that nobody has carried out lapses', async () => {
    await lostOrder(21);
    expect((await stack.request('GET', `${archive}?link=json`, { token: alice })).status).toBe(202);
    await made();
    expect(orders()).toBe(1);
    const { json } = await stack.request('GET', `${archive}?link=json`, { token: alice });
    expect(json.name).toBe('run.tar.gz');
  });

  it('nobody else has one made', async () => {
    expect((await stack.request('GET', archive)).status).toBe(403);
    expect((await stack.request('GET', archive, { token: bob })).status).toBe(403);
    expect(orders()).toBe(0);
  });

  it('the command line waits for it', async () => {
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: alice });
    const file = join(folder, 'run.tar.gz');
    const { code, stderr } = await flowserv(`runs download archive ${run.id} -o ${file}`);
    expect([code, stderr]).toEqual([0, 'The archive is being made; waiting for it.\n']);
    expect(membersOf(readFileSync(file))).toContain('results/greetings.txt');
  });

  it('of a run that is deleted meanwhile nothing stays', async () => {
    const { workflowId, id } = await findRun(stack.services, (await greeted()).id);
    await stack.request('DELETE', `/runs/${id}`, { token: alice });
    const late = objectKeys.runFile(workflowId, id, 'late');
    await stack.services.objects.write('data', late, Buffer.from('an archive made too late'));
    await stack.services.messages.makeArchive({ runId: id, object: late });
    await poll(async () => {
      const size = await stack.services.objects.size('data', late);
      return size === undefined ? true : undefined;
    }, 'the archive of a deleted run is kept');
  });

  it('an object of several parts has all their bytes', async () => {
    const pieces = Array.from({ length: 5 }, () => randomBytes(15_000_001));
    const key = objectKeys.runFile('HW', run.id, 'parts');
    async function* stream() {
      yield* pieces;
    }
    await stack.services.objects.parts.write('data', key, stream());
    const read = await stack.services.objects.open('data', key);
    const sum = createHash('sha256');
    for await (const chunk of read?.body ?? []) sum.update(chunk);
    expect([read?.size, sum.digest('hex')]).toEqual([
      75_000_005,
      createHash('sha256').update(Buffer.concat(pieces)).digest('hex'),
    ]);
    await stack.services.objects.remove('data', key);
  });
});
