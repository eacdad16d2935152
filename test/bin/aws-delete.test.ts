import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient, ListTaskDefinitionsCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { requireStack } from '../../bin/session/location.ts';
import { clientOptions } from '../../shared/clients.ts';
import { readConfig } from '../../shared/config.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { type Answers, denied, type FakeAccount, startAccount } from '../infra/preflight/fake-account.ts';
import { type FakeStack, stackService } from '../infra/teardown/fake-stack.ts';
import { runFlowserv } from './run-cli.ts';

/** A stage on the local services, with a CloudFormation of the test. */
describe('flowserv aws delete', () => {
  const stack = useStack();
  let account: FakeAccount | undefined;
  afterEach(() => account?.close());

  const settings = () => requireStack({ FLOWSERV_API_DIR: stack.dataDir }).operator;
  const buckets = ['flowserv-local-data', 'flowserv-local-work'];
  const service = (more: Partial<FakeStack> = {}) =>
    stackService({ name: 'flowserv-local', buckets, table: 'flowserv-local', ...more });

  async function remove(answers: Answers, ...args: string[]) {
    account = await startAccount({ ...cloudControl(), ...answers });
    const { AWS_ENDPOINT_URL: AWS_ENDPOINT_URL_CLOUDFORMATION } = account.env;
    const outcome = await runFlowserv(['aws', 'delete', '--stage', 'local', ...args], {
      env: {
        ...account.env,
        ...settings(),
        AWS_ENDPOINT_URL: undefined,
        AWS_ENDPOINT_URL_CLOUDFORMATION,
        AWS_ENDPOINT_URL_CLOUDCONTROL: AWS_ENDPOINT_URL_CLOUDFORMATION,
      },
    });
    await account.close();
    return { ...outcome, calls: account.calls };
  }

  /** Holders of the operator's policy, and repositories of the account, in the form of Cloud Control. */
  const cloudControl = (holders: object = {}, repositories: readonly string[] = []) => ({
    GetResource: { body: { ResourceDescription: { Properties: JSON.stringify(holders) } } },
    ListResources: {
      body: { ResourceDescriptions: repositories.map((Identifier) => ({ Identifier, Properties: '{}' })) },
    },
  });

  async function startEmpty() {
    account = await startAccount({});
    return account.env;
  }

  /** The remaining resources that the product created. */
  async function left() {
    const config = readConfig(settings());
    const sfn = new SFNClient(clientOptions(config, config.endpoints.sfn));
    const ecs = new ECSClient(clientOptions(config, config.endpoints.ecs));
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    const running = await Promise.all(
      stateMachines.map(({ stateMachineArn }) =>
        sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'flowserv-local' }));
    const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand({}));
    return {
      machines: stateMachines.length,
      executions: running.flatMap(({ executions = [] }) => executions).length,
      tasks: taskArns.length,
      definitions: taskDefinitionArns.length,
    };
  }

  /** A run with a task that takes longer than this test. */
  async function slowRun() {
    const alice = await stack.user('alice');
    const workflow = await installTemplate(stack, oneStep(['sleep 600']), {}, { id: 'W' });
    const group = await stack.group(workflow, alice.token, 'A');
    expect((await start(stack, group, alice.token)).status).toBe(201);
    await expect.poll(async () => (await left()).tasks).toBe(1);
  }

  it('shows both names, and deletes nothing, if --delete-data has the name of another stage', async () => {
    const { code, stderr, calls } = await remove(service().answers, '--delete-data', 'prod');

    expect(code).toBe(1);
    expect(stderr).toContain("--delete-data names 'prod', and --stage 'local'");
    expect(calls).toEqual([]);
  });

  it('says what is missing without credentials or region', async () => {
    const alone = { ...(await startEmpty()), AWS_ENDPOINT_URL: undefined };
    const asked = (env: Readonly<Record<string, string | undefined>>) =>
      runFlowserv(['aws', 'delete', '--stage', 'local', '--dry-run'], { env });

    const nobody = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    expect((await asked({ ...alone, ...nobody })).stderr).toMatch(
      /^error: no AWS credentials .*: log in, such as by `aws sso login`/,
    );
    expect((await asked({ ...alone, AWS_REGION: undefined })).stderr).toBe(
      "error: no region: set the stack's with --region, by AWS_REGION, or in the profile\n",
    );
  });

  it('rejects a protected stage with the way to unprotect it, and deletes nothing', async () => {
    const { code, stderr, calls } = await remove(service({ isProtected: true }).answers, '-f');

    expect(code).toBe(1);
    expect(stderr).toContain('set protected: false in stages.ts, deploy it, and run this again');
    expect(calls).not.toContain('DeleteStack');
  });

  it("rejects another product's stack with the same name, and deletes nothing", async () => {
    const { answers } = service({ isForeign: true });
    const { code, stderr, calls } = await remove(answers, '-f', '--delete-data', 'local');

    expect(code).toBe(1);
    expect(stderr).toContain(
      'stack flowserv-local does not belong to flowServ: it has no output FlowservTable',
    );
    expect(calls).not.toContain('DeleteStack');
  });

  it("names who has the operator's policy with what takes it away, and deletes nothing", async () => {
    const holders = {
      Roles: ['benchmark-operators', 'AWSReservedSSO_Operators_0123456789abcdef'],
      Users: ['eve'],
      Groups: [],
    };
    const { code, stderr, calls } = await remove(
      {
        ...service({ policy: 'arn:aws:iam::123456789012:policy/flowserv-local-operator-us-east-1' }).answers,
        ...cloudControl(holders),
      },
      '-f',
    );

    expect(code).toBe(1);
    const policy = '--policy-arn arn:aws:iam::123456789012:policy/flowserv-local-operator-us-east-1';
    expect(stderr).toContain(`aws iam detach-role-policy --role-name benchmark-operators ${policy}`);
    expect(stderr).toContain(`aws iam detach-user-policy --user-name eve ${policy}`);
    expect(stderr).toContain(
      'remove flowserv-local-operator-us-east-1 from permission set Operators in IAM Identity Center',
    );
    expect(calls).not.toContain('DeleteStack');
  });

  it('reports what it could not look up, and continues', async () => {
    const { code, stdout } = await remove(
      { ...service().answers, ListResources: denied('ListResources', 'ecr:DescribeRepositories') },
      '--dry-run',
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Not looked up +: repositories with copies of images \(.*ecr:DescribeRepositories/,
    );
  });

  it('lists what it would delete with --dry-run, and asks before it deletes', async () => {
    await slowRun();

    const listed = await remove(service().answers, '--dry-run');
    const unconfirmed = await remove(service({ losesTable: true }).answers);

    expect(listed.code).toBe(0);
    expect(listed.stdout.split('\n').slice(0, -1)).toEqual([
      'Stage local in account 123456789012, region us-east-1',
      '  Executions       : 1 running',
      '  Tasks            : 1 running',
      '  State machines   : 1',
      '  Task definitions : 1',
      '  Stack            : CREATE_COMPLETE',
      '  Kept unless asked: bucket flowserv-local-data, bucket flowserv-local-work, table flowserv-local',
    ]);
    expect(unconfirmed.code).toBe(1);
    expect(unconfirmed.stdout).toContain('  With the stack   : table flowserv-local\n');
    expect(unconfirmed.stderr).toContain('and its table with all accounts, groups and results? [y/N]');
    expect(await left()).toEqual({ machines: 1, executions: 1, tasks: 1, definitions: 1 });
  });

  it('stops admission, removes what runs made and the stack, and keeps the data', async () => {
    const { answers, status } = service({ failsOnce: true });
    const config = readConfig(settings());
    const ecs = new ECSClient(clientOptions(config, config.endpoints.ecs));
    const { taskDefinitionArns: [definition = ''] = [] } = await ecs.send(new ListTaskDefinitionsCommand({}));
    const family = definition.replace(/^.*\/|:\d+$/g, '');
    expect(await stack.services.table.get(keys.taskDefinition(family))).toMatchObject({ arn: definition });
    const failed = await remove(answers, '-f');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('subnet-1: has dependencies');
    expect(await left()).toEqual({ machines: 0, executions: 0, tasks: 0, definitions: 0 });

    // A second run continues where the first one stopped.
    const again = await remove(answers, '-f');

    expect(again).toMatchObject({ code: 0 });
    expect(status()).toBe('DELETE_COMPLETE');
    expect(again.stdout).toContain(
      'Its data is kept: flowserv-local-data, flowserv-local-work, flowserv-local.',
    );
    const { services } = stack;
    expect((await services.table.get(keys.capacity()))?.paused).toBe(true);
    // A later stack that takes this table over would use definitions that are gone.
    expect(await services.table.get(keys.taskDefinition(family))).toBeUndefined();
  });

  it('deletes the data of a deleted stack with --delete-data', async () => {
    const { answers } = service();
    await remove(answers, '-f');
    const copies = cloudControl({}, ['flowserv-local/ecr/docker/library/alpine', 'flowserv-local2/ecr/x']);

    const { code, stdout } = await remove({ ...answers, ...copies }, '--delete-data', 'local');

    expect(code).toBe(0);
    expect(stdout).toContain('Stage local is deleted with all its data.');
    expect(stdout).toMatch(
      /To delete them:\n {2}aws ecr delete-repository --force --repository-name flowserv-local\/ecr\/docker\/library\/alpine\n$/,
    );
    const config = readConfig(settings());
    const s3 = new S3Client({ ...clientOptions(config, config.endpoints.s3), forcePathStyle: true });
    for (const Bucket of buckets) {
      await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' });
    }
    const dynamodb = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
    await expect(
      dynamodb.send(new DescribeTableCommand({ TableName: 'flowserv-local' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const again = await remove(answers);
    expect(again.stdout).toContain('Nothing of stage local is in this account and region.');
  });
});
