import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../shared/clients.ts';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { purgeWorkflowNow } from '../../shared/maintenance/purge-at-once.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('deleting a workflow', () => {
  const stack = useStack();
  let token: string;
  beforeAll(async () => {
    token = (await stack.user('alice')).token;
  });

  const slow = { name: 'sleeptime', value: 60 };
  const greeting = { name: 'greeting', value: 'Hi' };

  /** Keys of all items that belong to the workflow. The stage item records who was last in the queue. */
  async function itemsOf(workflowId: string): Promise<string[]> {
    const { config } = stack.services;
    const client = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
    const { Items = [] } = await client.send(
      new ScanCommand({ TableName: config.table, ConsistentRead: true }),
    );
    client.destroy();
    const found = Items.filter((item) => JSON.stringify(item).includes(workflowId));
    return found.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).filter((key) => key !== 'STAGE META');
  }

  async function objectsOf(workflowId: string): Promise<number> {
    const { config } = stack.services;
    const client = new S3Client(clientOptions(config, config.endpoints.s3));
    const Prefix = objectKeys.workflow(workflowId);
    const { KeyCount = 0 } = await client.send(
      new ListObjectsV2Command({ Bucket: config.dataBucket, Prefix }),
    );
    client.destroy();
    return KeyCount;
  }

  const statusOf = async (path: string) => (await stack.request('GET', path, { token })).status;

  it('C14, J30: deletes a workflow with everything that belongs to it, once', async () => {
    const id = await stack.install(fixture('hello-world-postproc'), { id: 'GONE0123', name: 'Gone' });
    const group = await stack.group(id, token, 'Team');
    const other = await stack.group(id, token, 'Other team');
    for (const member of [group, other]) {
      const started = await stack.greet(member, token, 'Ada\nBo\n', [greeting]);
      await stack.ended(started.id, token);
      await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    }
    const objects = await objectsOf(id);
    expect(objects).toBeGreaterThan(5);

    await removeWorkflow(withoutMessages(stack.services), id);

    expect(await objectsOf(id)).toBeGreaterThanOrEqual(objects);
    expect(await statusOf(`/workflows/${id}`)).toBe(404);
    expect(await statusOf(`/groups/${group}`)).toBe(404);
    expect((await stack.request('GET', '/workflows')).json.workflows).toEqual([]);
    expect((await stack.request('GET', '/groups', { token })).json.groups).toEqual([]);
    const run = await stack.request('POST', `/groups/${group}/runs`, { token, body: { arguments: [] } });
    expect(run.status).toBe(404);
    await expect(removeWorkflow(stack.services, id)).rejects.toMatchObject({
      status: 404,
      message: `unknown workflow '${id}'`,
    });
    await purgeWorkflowNow(stack.services, id);
    await sweepLater(stack.services);
    expect(await itemsOf(id)).toEqual([]);
    expect(await objectsOf(id)).toBe(0);
    expect(await purgeWorkflowNow(stack.services, id)).toBe(false);
  });

  it('N23: stops active runs and frees the name; the purge frees the identifier', async () => {
    const id = await stack.install(fixture('hello-world'), { id: 'STOP', name: 'Again' });
    const group = await stack.group(id, token, 'Slow team');
    const { id: run } = await stack.greet(group, token, 'Ada\n', [slow]);

    await expect(purgeWorkflowNow(stack.services, id)).rejects.toMatchObject({
      status: 400,
      message: "workflow 'STOP' is not deleted; delete it first",
    });
    await removeWorkflow(withoutMessages(stack.services), id);

    expect(await statusOf(`/runs/${run}`)).toBe(404);
    await expect(stack.install(fixture('hello-world'), { id, name: 'Again' })).rejects.toMatchObject({
      status: 400,
      message:
        "workflow 'STOP' is deleted but not purged yet; purge it with `flowserv workflows purge -w STOP`",
    });
    const other = await stack.install(fixture('hello-world'), { name: 'Again' });
    expect((await stack.request('GET', `/workflows/${other}`)).json).toMatchObject({ name: 'Again' });
    await purgeWorkflowNow(stack.services, id);
    await stack.install(fixture('hello-world'), { id, name: 'Stop' });
    const { json } = await stack.request('GET', '/workflows/STOP');
    expect(json).toMatchObject({ name: 'Stop', groups: [] });
    expect(await statusOf(`/groups/${group}`)).toBe(404);
    for (const left of [id, other]) await removeWorkflow(stack.services, left);
  });

  it('continues its purge after an interruption at any point', async () => {
    const id = await stack.install(fixture('hello-world-postproc'), { id: 'BROKEN01', name: 'Broken' });
    const group = await stack.group(id, token, 'Team');
    const started = await stack.greet(group, token, 'Ada\n', [greeting]);
    await stack.ended(started.id, token);
    await stack.postproc(id, ({ state }) => state === 'SUCCESS');

    await removeWorkflow(withoutMessages(stack.services), id);
    let interruptions = 0;
    for (let calls = 1; ; calls += 3) {
      // The interrupted purge held its lease for some minutes.
      const later = new Date(Date.now() + calls * 10 * 60_000);
      const services = { ...failingAfter(stack.services, calls), now: () => later };
      const outcome = await purgeSlice(services, { kind: 'workflow', id, key: keys.workflow(id) }).catch(
        (error: Error) => {
          if (error.message !== 'interrupted') throw error;
          return 'interrupted';
        },
      );
      if (outcome === 'done') break;
      interruptions += 1;
      expect((await stack.request('GET', `/workflows/${id}`)).status).toBe(404);
    }

    expect(interruptions).toBeGreaterThan(3);
    await sweepLater(stack.services);
    expect(await itemsOf(id)).toEqual([]);
    expect(await objectsOf(id)).toBe(0);
  });

  it('leaves nothing behind if the workflow is renamed at the same time', async () => {
    const id = await stack.install(fixture('hello-world'), { id: 'RACING01', name: 'Racing' });

    const [removed] = await Promise.allSettled([
      removeWorkflow(stack.services, id),
      updateWorkflow(stack.services, id, { name: 'Raced' }),
    ]);

    expect(removed.status).toBe('fulfilled');
    await purgeWorkflowNow(stack.services, id);
    expect(await itemsOf(id)).toEqual([]);
  });
});

/** Services whose table fails from the given call on. */
function failingAfter(services: Services, calls: number): Services {
  let made = 0;
  const { table } = services;
  const counted =
    <A extends unknown[], R>(call: (...of: A) => Promise<R>) =>
    async (...of: A): Promise<R> => {
      made += 1;
      if (made > calls) throw new Error('interrupted');
      return call(...of);
    };
  const { get, getMany, update, remove, transact, list } = table;
  const failing = {
    get: counted(get),
    getMany: counted(getMany),
    update: counted(update),
    remove: counted(remove),
    transact: counted(transact),
    list: counted(list),
  };
  return { ...services, table: { ...table, ...failing } };
}

/** Completes the sweep's part: stopped runs are kept until no more uploads to them can arrive. */
async function sweepLater(services: Services): Promise<void> {
  const later = new Date(Date.now() + 30 * 60_000);
  await sweep({ ...services, now: () => later });
}
