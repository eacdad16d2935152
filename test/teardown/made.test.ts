import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { createPace } from '../../shared/teardown/pace.ts';
import { namesOfStage } from '../../shared/teardown/stage-names.ts';
import { listTasks } from '../../shared/teardown/tasks.ts';
import { type Answers, type FakeAccount, startAccount } from '../infra/preflight/fake-account.ts';

describe('the names of a stage', () => {
  const { isMade } = namesOfStage('dev');
  const digest = '0123456789abcdef'.repeat(2);

  it('include those that the product gives to state machines and families of task definitions', () => {
    expect(isMade(`flowserv-dev-${digest}`)).toBe(true);
    expect(isMade(`flowserv-dev-${digest}01234567`)).toBe(true);
  });

  it('exclude those of other stages and those that other tools chose', () => {
    expect(isMade(`flowserv-dev2-${digest}`)).toBe(false);
    expect(isMade('flowserv-dev-nightly-backup')).toBe(false);
    expect(isMade(`my-flowserv-dev-${digest}`)).toBe(false);
  });
});

describe('a pace', () => {
  it('allows a burst of calls, then slows down, and allows a burst again after a pause', async () => {
    let now = 0;
    const waits: number[] = [];
    const pace = createPace(2, 1, {
      now: () => now,
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
    });

    for (let call = 0; call < 4; call += 1) await pace();
    now += 60_000;
    for (let call = 0; call < 3; call += 1) await pace();

    expect(waits).toEqual([1000, 1000, 1000]);
  });
});

describe('the tasks of a stage', () => {
  let account: FakeAccount | undefined;
  afterEach(() => account?.close());

  const arn = (resource: string) => `arn:aws:ecs:eu-central-1:123456789012:${resource}`;
  const names = namesOfStage('dev');

  async function tasksOf(responses: Answers) {
    account = await startAccount(responses);
    const client = new ECSClient({
      region: 'eu-central-1',
      endpoint: account.env.AWS_ENDPOINT_URL ?? '',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    });
    const tasks = await listTasks(client, names, 'RUNNING');
    client.destroy();
    return tasks;
  }

  it('include those of its own task definitions, and not those that others run in its cluster', async () => {
    const definitions: Readonly<Record<string, string>> = {
      one: `flowserv-dev-${'0123456789abcdef'.repeat(2)}:1`,
      two: 'nightly-backup:7',
      three: `flowserv-dev2-${'0123456789abcdef'.repeat(2)}:1`,
    };
    const tasks = await tasksOf({
      ListTasks: ({ cluster }) => ({
        body: { taskArns: Object.keys(definitions).map((id) => arn(`task/${cluster}/${id}`)) },
      }),
      DescribeTasks: ({ tasks: asked }) => ({
        body: {
          tasks: Object(asked).map((taskArn: string) => ({
            taskArn,
            taskDefinitionArn: arn(`task-definition/${definitions[taskArn.split('/').at(-1) ?? '']}`),
          })),
        },
      }),
    });
    expect(tasks).toEqual({
      own: [arn('task/flowserv-dev/one')],
      foreign: [arn('task/flowserv-dev/two'), arn('task/flowserv-dev/three')],
    });
  });

  it('are empty when no task runs or the cluster is gone', async () => {
    expect(await tasksOf({ ListTasks: { body: { taskArns: [] } } })).toEqual({ own: [], foreign: [] });
    await account?.close();
    const gone = { status: 400, body: { __type: 'ClusterNotFoundException', message: 'Cluster not found.' } };
    expect(await tasksOf({ ListTasks: gone })).toEqual({ own: [], foreign: [] });
  });
});
