import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyTable } from '../../bin/restore/copy-table.ts';
import { createOperator } from '../../bin/session/operator.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import { ApiError } from '../../shared/client/error.ts';
import { clientOptions } from '../../shared/clients.ts';
import { readConfig } from '../../shared/config.ts';
import { pauseStage, readStage } from '../../shared/runs/stage.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import { storeUser } from '../end-to-end/known-user.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { startCommand } from './run-cli.ts';
import { serveStack } from './served-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/restore.ts', import.meta.url));
/** What DynamoDB makes of the table at an earlier time. */
const EARLIER = 'flowserv-earlier';

describe('the table of a stage', () => {
  const stack = serveStack();
  let services: Services;
  let client: DynamoDBClient;
  let table: string;
  let alice: Client;

  /** Makes a table of the same keys that is empty. */
  async function createEmpty(TableName: string) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const { KeySchema, AttributeDefinitions = [] } = Table ?? {};
    const isKey = ({ AttributeName }: { AttributeName?: string | undefined }) =>
      KeySchema?.some((key) => key.AttributeName === AttributeName);
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema,
        AttributeDefinitions: AttributeDefinitions.filter(isKey),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
  }

  beforeAll(async () => {
    const { url, operator } = stack.tell();
    services = createServices(readConfig(operator));
    const { config } = services;
    table = config.table;
    client = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
    await createEmpty(EARLIER);
    alice = createClient({ url, token: (await storeUser(services, 'alice')).token });
    await createOperator(operator).installWorkflow(fixture('hello-world'), { id: 'HW' });
  });

  const restore = (...args: string[]) =>
    startCommand(process.execPath, [PROGRAM, '--local', ...args], {
      env: stack.env,
    }).outcome;
  const create = async (name: string) => (await alice.groups.create('HW', { name })).id;
  /** Whether a group is there. */
  const isThere = (groupId: string) =>
    alice.groups.get(groupId).then(
      () => true,
      (error) => !(error instanceof ApiError && error.status === 404),
    );

  it('is as it was: what was deleted since is there again, and what was made since is gone', async () => {
    const kept = await Promise.all(Array.from({ length: 60 }, (_, index) => create(`Group ${index}`)));
    const [deleted = ''] = kept;
    await copyTable(client, { from: table, to: EARLIER });
    await alice.groups.delete(deleted);
    const later = await create('A later group');
    expect([await isThere(deleted), await isThere(later)]).toEqual([false, true]);

    await pauseStage(services, true);
    const { code, stdout, stderr } = await restore('--from', EARLIER);
    expect(stderr).toContain('items written');
    expect(stdout).toContain('flowserv users recount-quotas');
    expect(code).toBe(0);
    expect([await isThere(deleted), await isThere(later)]).toEqual([true, false]);
    // The earlier table was not paused: nothing is admitted before the operator says so.
    expect((await readStage(services)).paused).toBe(true);
    await pauseStage(services, false);
    expect(await copyTable(client, { from: EARLIER, to: table })).toMatchObject({ removed: 0 });
  });

  it('is not replaced while the stage is at work, nor by itself, nor by nothing', async () => {
    await pauseStage(services, false);
    expect((await restore('--from', EARLIER)).stderr).toBe(
      'the stage is at work; stop that with `flowserv stage pause`\n',
    );
    expect((await restore('--from', table)).stderr).toContain("is the stage's own table");
    await createEmpty('flowserv-empty');
    await pauseStage(services, true);
    const emptied = await restore('--from', 'flowserv-empty');
    expect(emptied.code).toBe(1);
    expect(emptied.stderr).toContain("'flowserv-empty' is empty: nothing has been changed");
    expect((await readStage(services)).paused).toBe(true);
    await pauseStage(services, false);
    expect((await restore()).stderr).toContain('usage: npm run restore:aws');
  });
});
