import { beforeAll, describe, expect, it } from 'vitest';
import { newId, timestamp } from '../../shared/ids.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { removeLeftovers } from '../../shared/runs/leftovers.ts';
import { type Run, runFileId } from '../../shared/runs/run.ts';
import { minutesLater } from '../../shared/store/due.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { askBroker, describeUpload, put, startedRun } from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
  await installTemplate(stack, oneStep(['true'], '', ['out.txt']), {}, { id: 'W' });
});

describe('what the last step of a canceled run stored', () => {
  it('is removed once all links are expired, and the run stays readable', async () => {
    const { objects, table } = stack.services;
    const { id, ticket } = await startedRun(stack, await stack.group('W', alice.token, 'Canceled'));
    const files = [describeUpload('output', 'out.txt', 'kept')];
    const { json } = await askBroker(stack, ticket, '/uploads', { files });
    expect(await put(json.uploads[0], 'kept')).toBe(200);
    const secret = String((await table.get(keys.run(id)))?.fileSecret);
    const output = objectKeys.runFile('W', id, runFileId(secret, 'out.txt'));
    await objects.write('data', objectKeys.runFile('W', id, 'document-0'), Buffer.from('{}'));
    expect((await stack.request('PUT', `/runs/${id}`, { token: alice.token })).status).toBe(200);
    await expect.poll(async () => (await table.get(keys.run(id)))?.settled).toBe(true);
    const sweepIn = (minutes: number) =>
      sweep({ ...stack.services, now: () => minutesLater(new Date(), minutes) });

    await sweepIn(15);
    expect(await objects.size('data', output)).toBe(4);

    await expect.poll(() => sweepIn(21).then(() => objects.size('data', output))).toBeUndefined();
    expect(await objects.size('data', objectKeys.runFile('W', id, 'document-0'))).toBe(2);
    expect((await table.get(keys.run(id)))?.dueAt).toBeUndefined();
    const handle = await stack.request('GET', `/runs/${id}`, { token: alice.token });
    expect(handle.json).toMatchObject({ state: 'CANCELED' });
    await stack.request('DELETE', `/runs/${id}`, { token: alice.token });
  });
});

describe('what was stored by a run that ended after the sweep found it', () => {
  it.each(['SUCCESS', 'ERROR', 'CANCELED'] as const)('stays after %s', async (state) => {
    const { objects } = stack.services;
    const now = timestamp(new Date());
    const ended = {
      state,
      createdAt: now,
      startedAt: timestamp(new Date(0)),
      finishedAt: now,
      settled: true,
    };
    const run: Run = { id: newId(), workflowId: 'W', version: 'V', machineArn: '', fileSecret: '', ...ended };
    const output = objectKeys.runFile('W', run.id, 'output');
    await objects.write('data', output, Buffer.from('kept'));

    await removeLeftovers(stack.services, run);

    expect(await objects.size('data', output)).toBe(4);
    await objects.removeAll('data', objectKeys.run('W', run.id));
  });
});
