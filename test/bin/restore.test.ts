import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyTable } from '../../bin/restore/copy-table.ts';
import { foreignSource } from '../../bin/restore/foreign-source.ts';
import { createOperator } from '../../bin/session/operator.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import { ApiError } from '../../shared/client/error.ts';
import { clientOptions } from '../../shared/clients.ts';
import { readConfig } from '../../shared/config.ts';
import { pauseAdmission, readCapacity } from '../../shared/runs/capacity.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { storeUser } from '../end-to-end/known-user.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { startCommand } from './run-cli.ts';
import { serveStack } from './served-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/restore.ts', import.meta.url));
/** DynamoDB's description of the table at an earlier time. */
const EARLIER = 'flowserv-earlier';

const arn = (name: string, region = 'eu-central-1') =>
  `arn:aws:dynamodb:${region}:123456789012:table/${name}`;

describe('a table from which a stage is restored', () => {
  const own = { TableName: 'flowserv-dev-Table', TableArn: arn('flowserv-dev-Table') };
  const restored = (RestoreSummary: { SourceTableArn?: string }) => ({
    TableName: 'flowserv-dev-earlier',
    TableArn: arn('flowserv-dev-earlier'),
    RestoreSummary: { ...RestoreSummary, RestoreDateTime: new Date(0), RestoreInProgress: false },
  });

  it("is accepted if it is the stage's own one at an earlier time", () => {
    expect(foreignSource(own, restored({ SourceTableArn: own.TableArn }))).toBeUndefined();
  });

  it.each([
    ["is rejected if it is another stage's", arn('flowserv-prod-Table')],
    ['is rejected if it is of another region', arn(own.TableName, 'us-east-1')],
  ])('%s', (_, SourceTableArn) => {
    expect(foreignSource(own, restored({ SourceTableArn }))).toBe(SourceTableArn);
  });

  it('is rejected if AWS did not restore it', () => {
    const prod = { TableName: 'flowserv-prod-Table', TableArn: arn('flowserv-prod-Table') };
    expect(foreignSource(own, prod)).toBe(prod.TableArn);
    expect(foreignSource(own, restored({}))).toBe(arn('flowserv-dev-earlier'));
  });
});

describe('the table of a stage', () => {
  const stack = serveStack();
  let services: Services;
  let client: DynamoDBClient;
  let table: string;
  let alice: Client;

  /** Creates an empty table with the same keys. */
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
  /** Whether a group exists. */
  const isThere = (groupId: string) =>
    alice.groups.get(groupId).then(
      () => true,
      (error) => !(error instanceof ApiError && error.status === 404),
    );

  it('is restored: it has the objects that were deleted since, and not those that were created since', async () => {
    const kept = await Promise.all(Array.from({ length: 60 }, (_, index) => create(`Group ${index}`)));
    const [deleted = ''] = kept;
    await copyTable(client, { from: table, to: EARLIER });
    // Registered since, and one that existed and was removed with an earlier stack.
    const [own, gone] = [keys.taskDefinition('own'), keys.taskDefinition('gone')];
    await services.table.put({ ...own, arn: 'own:1' });
    const Item = Object.fromEntries(Object.entries(gone).map(([name, S]) => [name, { S }]));
    await client.send(new PutItemCommand({ TableName: EARLIER, Item }));
    await alice.groups.delete(deleted);
    const later = await create('A later group');
    expect([await isThere(deleted), await isThere(later)]).toEqual([false, true]);

    await pauseAdmission(services, true);
    const { code, stdout, stderr } = await restore('--from', EARLIER, '--foreign');
    expect(stderr).toContain('items written');
    expect(stdout).toContain('next: flowserv reindex, then flowserv stage resume');
    expect(code).toBe(0);
    expect([await isThere(deleted), await isThere(later)]).toEqual([true, false]);
    expect(await services.table.get(own)).toMatchObject({ arn: 'own:1' });
    expect(await services.table.get(gone)).toBeUndefined();
    // The earlier table was not paused: nothing is admitted before the operator resumes the stage.
    expect((await readCapacity(services)).paused).toBe(true);
    await pauseAdmission(services, false);
    expect(await copyTable(client, { from: EARLIER, to: table })).toMatchObject({ removed: 0 });
  });

  it('is not replaced while the stage admits runs, nor by itself, nor by an empty table', async () => {
    await pauseAdmission(services, false);
    expect((await restore('--from', EARLIER)).stderr).toBe(
      'the stage admits runs; stop that with `flowserv stage pause`\n',
    );
    expect((await restore('--from', table)).stderr).toContain("is the stage's own table");
    await createEmpty('flowserv-empty');
    await pauseAdmission(services, true);
    const emptied = await restore('--from', 'flowserv-empty', '--foreign');
    expect(emptied.code).toBe(1);
    expect(emptied.stderr).toContain("'flowserv-empty' is empty: nothing was changed");
    expect((await readCapacity(services)).paused).toBe(true);
    await pauseAdmission(services, false);
    expect((await restore()).stderr).toContain('usage: npm run restore:aws');
    expect(await restore('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('usage: npm run restore:aws'),
    });
  });

  it('is replaced only by its own data of an earlier time, or with --foreign by those of another table', async () => {
    await pauseAdmission(services, true);
    const { code, stderr } = await restore('--from', EARLIER);
    expect(stderr).toMatch(/^'flowserv-earlier' was not restored from flowserv-local: .* add --foreign/);
    expect(code).toBe(1);
    expect((await restore('--from', 'flowserv-absent')).stderr).toBe(
      "table 'flowserv-absent' does not exist in this account and region\n",
    );
    await pauseAdmission(services, false);
  });
});
