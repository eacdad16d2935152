import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { makeArchive } from '../../shared/archives/make.ts';
import { archiveObject, archiveOrderOf, placeOrder } from '../../shared/archives/order.ts';
import { runFilesCodec } from '../../shared/runs/documents/files.ts';
import { archiveFileId, findRun, readAnyRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { prepareLargeText } from '../../shared/store/large-text.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, oneStep, SCORES } from '../end-to-end/install-template.ts';
import { finishedRun, withoutMessages } from '../end-to-end/played-run.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const TEMPLATE = oneStep(['true'], SCORES, ['result.json']);
const RESULT = '{"score": 1}';
const DAY_MINUTES = 24 * 60;

/** Archives that the last step did not make: those of more than 1 GiB, and those that did not fit on its disk. */
describe('archives made on request', () => {
  let services: Services;
  let folder = '';
  let alice = '';
  let bob = '';
  let group = '';
  let run = '';
  let archive = '';
  let object = '';
  const calls: StackCall[] = [];
  const stack = useStack({ onCall: (call) => calls.push(call) });

  beforeAll(async () => {
    services = stack.services;
    folder = mkdtempSync(join(tmpdir(), 'flowserv-archives-'));
    alice = (await stack.user('alice')).token;
    bob = (await stack.user('bob')).token;
    await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
    group = await stack.group('W', alice, 'Alice');
    run = await endedRun();
    archive = `/runs/${run}/downloads/archive`;
    object = archiveObject(await findRun(services, run));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    await services.objects.remove('data', object);
    await services.table.remove(keys.archiveOrder(run));
    calls.length = 0;
  });

  /** A run whose last step reported success without an archive. */
  async function endedRun(): Promise<string> {
    const id = await finishedRun(stack, group, RESULT);
    await settleRun(services, id, true);
    return id;
  }
  const orders = () =>
    calls.filter(({ caller, operation }) => caller === 'api' && operation === 'SendMessage').length;
  const ask = (query = '', token = alice) => stack.request('GET', `${archive}${query}`, { token });
  /** Stores an order from some minutes ago whose message was never received. */
  const lostOrder = async (minutes: number) => {
    const now = () => new Date(Date.now() - 60_000 * minutes);
    await placeOrder({ ...withoutMessages(services), now }, archiveOrderOf(await findRun(services, run)));
  };
  const made = () =>
    poll(async () => {
      const reply = await ask();
      return reply.status === 200 ? reply : undefined;
    }, 'the archive has not been made');
  const untar = (bytes: Buffer, ...options: readonly string[]) => {
    const file = join(folder, 'made.tar.gz');
    writeFileSync(file, bytes);
    return execFileSync('tar', ['-f', file, '-z', ...options], { encoding: 'utf8' });
  };

  it('responds that the archive is being created and when to retry, then serves it', async () => {
    const { status, headers, json } = await ask();
    expect([status, headers.get('retry-after')]).toEqual([202, '5']);
    expect(json).toEqual({ message: 'the file is being created, please try again' });
    const reply = await made();
    expect(reply.headers.get('content-type')).toBe('application/gzip');
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename=run.tar.gz');
    expect(untar(reply.bytes, '-t')).toBe('result.json\n');
    expect(untar(reply.bytes, '-xO', 'result.json')).toBe(RESULT);
  });

  it('does not request an archive again while it is being created, whichever route is used', async () => {
    await lostOrder(0);
    const head = await stack.request('HEAD', archive, { token: alice });
    expect([head.status, head.text]).toEqual([202, '']);
    const link = await ask('?link=json');
    expect([link.status, Object.keys(link.json)]).toEqual([202, ['message']]);
    const part = await stack.request('GET', archive, { token: alice, headers: { range: 'bytes=0-1' } });
    expect(part.status).toBe(202);
    expect(orders()).toBe(0);
  });

  it('rejects to pack more than a function can, and creates nothing', async () => {
    const key = keys.document(keys.run(run), 'files');
    const stored = await services.table.get(key);
    const files = [{ id: 'a', path: 'a', size: 15 * 1024 ** 3 + 1, sha256: 'a'.repeat(64) }];
    const text = runFilesCodec.write(files);
    const large = await prepareLargeText(services.objects, key, text, () => '');
    await services.table.transact([services.table.write.put(large)]);
    try {
      for (const path of [archive, `/runs/${run}/crate`]) {
        const { status, json } = await stack.request('GET', path, { token: alice });
        expect([status, json]).toEqual([
          400,
          expect.objectContaining({
            code: 'archive.too-large',
            message: 'the files have 16 GiB, and an archive at most 15 GiB; download them one by one',
          }),
        ]);
      }
      expect(orders()).toBe(0);
    } finally {
      if (stored) await services.table.transact([services.table.write.put(stored)]);
    }
  });

  it('expires an order that was not carried out', async () => {
    await lostOrder(21);
    expect((await ask('?link=json')).status).toBe(202);
    await made();
    expect(orders()).toBe(1);
    expect((await ask('?link=json')).json.name).toBe('run.tar.gz');
  });

  it('requests an archive that keeps failing again at growing intervals, up to one day', async () => {
    const lapses: number[] = [];
    for (let ago = 100 * DAY_MINUTES; lapses.length < 9; ago -= lapses.at(-1) ?? 0) {
      await lostOrder(ago);
      const order = await services.table.get(keys.archiveOrder(run));
      lapses.push(Number(order?.minutes));
    }
    const { status, headers, json } = await ask();
    expect([status, headers.get('retry-after')]).toEqual([202, '300']);
    expect(json).toEqual({ message: 'the archive could not be made so far, please try again later' });
    await made();
    expect(lapses).toEqual([20, 40, 80, 160, 320, 640, 1280, DAY_MINUTES, DAY_MINUTES]);
  });

  it('does not serve an archive that an earlier attempt of the last step left behind', async () => {
    const { workflowId, fileSecret } = await findRun(services, run);
    const left = objectKeys.runFile(workflowId, run, archiveFileId(fileSecret));
    await services.objects.write('data', left, Buffer.from('of an attempt that was lost'));
    expect((await ask()).status).toBe(202);
    expect(untar((await made()).bytes, '-t')).toBe('result.json\n');
  });

  it('requests no archive for callers who may not read it', async () => {
    expect((await stack.request('GET', archive)).status).toBe(403);
    expect((await ask('', bob)).status).toBe(403);
    expect(orders()).toBe(0);
  });

  it('the command line waits for the archive', async () => {
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: alice });
    const file = join(folder, 'run.tar.gz');
    const { code, stderr } = await flowserv(`runs download archive ${run} -o ${file}`);
    expect([code, stderr]).toEqual([0, 'The file is being created; waiting for it.\n']);
    expect(untar(readFileSync(file), '-t')).toBe('result.json\n');
  });

  it('leaves nothing behind if the run is deleted before its archive is started', async () => {
    const { workflowId, id } = await findRun(services, await endedRun());
    await stack.request('DELETE', `/runs/${id}`, { token: alice });
    // Otherwise the purge could remove the late archive instead.
    const purged = async () => ((await readAnyRun(services, id)) ? undefined : true);
    await poll(purged, 'the run is not purged');
    const late = objectKeys.runFile(workflowId, id, 'late');
    await services.objects.write('data', late, Buffer.from('an archive made too late'));
    await services.messages.archiveWanted({ workflowId, runId: id });
    await poll(async () => {
      const size = await services.objects.size('data', late);
      return size === undefined ? true : undefined;
    }, 'the archive of a deleted run is kept');
  });

  it.each(['open', 'writeParts'] as const)(
    'leaves nothing behind if the run is deleted during `%s`',
    async (at) => {
      const deleted = await findRun(services, await endedRun());
      const remove = async () => {
        const { status } = await stack.request('DELETE', `/runs/${deleted.id}`, { token: alice });
        expect(status).toBe(204);
      };
      const { objects } = services;
      const around: Pick<typeof objects, typeof at> = {
        async open(...args) {
          await remove();
          return objects.open(...args);
        },
        async writeParts(...args) {
          await objects.writeParts(...args);
          await remove();
        },
      };
      const deletedMeanwhile = { ...services, objects: { ...objects, [at]: around[at] } };
      await makeArchive(deletedMeanwhile, { workflowId: deleted.workflowId, runId: deleted.id });
      expect(await objects.size('data', archiveObject(deleted))).toBeUndefined();
    },
  );

  it('writes an archive of several parts with all bytes', async () => {
    const pieces = Array.from({ length: 5 }, () => randomBytes(15_000_001));
    const key = objectKeys.runFile('W', run, 'parts');
    async function* stream() {
      yield* pieces;
    }
    await services.objects.writeParts('data', key, stream());
    const read = await services.objects.open('data', key);
    const sum = createHash('sha256');
    for await (const chunk of read?.body ?? []) sum.update(chunk);
    const expected = createHash('sha256').update(Buffer.concat(pieces));
    expect([read?.size, sum.digest('hex')]).toEqual([75_000_005, expected.digest('hex')]);
    await services.objects.remove('data', key);
  });
});
