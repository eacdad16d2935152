import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { deadLetters, queues } from '../../../infra/local/names.ts';
import type { Run } from '../../../shared/api/answers.ts';
import type { Client } from '../../../shared/client/client.ts';
import { clientOptions } from '../../../shared/clients.ts';
import type { Config } from '../../../shared/config.ts';
import { readRanked } from '../../../shared/runs/documents/ranked.ts';
import { readAnyRun, runEntryCodec } from '../../../shared/runs/run.ts';
import type { Services } from '../../../shared/services/services.ts';
import { keys } from '../../../shared/store/keys.ts';
import { expectConsistency } from '../consistency.ts';
import { processesOf } from './processes.ts';
import type { ServerProcess } from './server-process.ts';
import { STEPS, WORKFLOW } from './workflow.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

/** Checks the files of a run: each step's line once, in order, and the result that counts them. */
export async function expectRightRun(client: Client, run: Run, name: string): Promise<void> {
  expect(run).toMatchObject({ state: 'SUCCESS', arguments: [{ name: 'name', value: name }] });
  const texts: Record<string, string> = {};
  for (const file of run.files ?? []) {
    texts[file.name] = await (await client.runs.downloadFile(run.id, file.id)).text();
  }
  expect(texts).toEqual({
    'log.txt': STEPS.map((step) => `${step} of ${name}\n`).join(''),
    'result.json': resultText(name),
  });
  expect((await client.runs.list(run.groupId ?? '')).map(({ id }) => id)).toEqual([run.id]);
}

const resultText = (name: string) => `{"lines": ${STEPS.length}, "name": "${name}"}\n`;

/**
 * Checks that an idle stack contains exactly the objects of its runs.
 *
 * @param runs ids of all runs by name, each in a separate group
 */
export async function expectRightStack(
  client: Client,
  server: ServerProcess,
  runs: ReadonlyMap<string, string>,
): Promise<void> {
  const { services } = server.reach();
  const names = [...runs.keys()].sort();
  const ids = [...runs.values()].sort();

  const { ranking } = await client.workflows.leaderboard(WORKFLOW, { includeAll: true });
  expect(ranking.map(({ run }) => run.id).sort()).toEqual(ids);
  for (const { run, results } of ranking) {
    const values = Object.fromEntries(results.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ lines: STEPS.length });
    expect(runs.get(String(values.name))).toBe(run.id);
  }

  const { postproc } = await client.workflows.get(WORKFLOW);
  const [file] = postproc?.files ?? [];
  const text = await (await client.workflows.downloadFile(WORKFLOW, file?.id ?? '')).text();
  expect(text.split('\n').sort()).toEqual(['', ...names.map((name) => resultText(name).trim())]);
  expect((await readRanked(services, postproc?.id ?? '')).sort()).toEqual(ids);

  await expectConsistency(services);
  const entries = await services.table.list(keys.postprocEntries(WORKFLOW));
  const postprocIds = entries.map((entry) => runEntryCodec.read(entry).id);
  // One for each change of the ranking.
  expect(postprocIds).toHaveLength(runs.size);
  await expectOneExecutionEach(services, [...ids, ...postprocIds]);
  await expectIdle(services.config);
  await expectNoLeftProcess(server);
}

async function expectOneExecutionEach(services: Services, runIds: readonly string[]): Promise<void> {
  const { config } = services;
  const stored = await Promise.all(runIds.map((id) => readAnyRun(services, id)));
  const client = new SFNClient(clientOptions(config, config.endpoints.sfn));
  const found: string[] = [];
  for (const stateMachineArn of new Set(stored.flatMap((run) => run?.machineArn ?? []))) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    found.push(...executions.map(({ name, status }) => `${name} ${status}`));
  }
  client.destroy();
  expect(found.sort()).toEqual(runIds.map((id) => `${id} SUCCEEDED`).sort());
}

/**
 * Checks that no task runs, no message waits, and no message is a dead letter. A message that was in progress when the
 * server was killed returns after its visibility timeout, as on AWS; its work does not depend on it.
 */
async function expectIdle(config: Config): Promise<void> {
  const ecs = new ECSClient(clientOptions(config, config.endpoints.ecs));
  const sqs = new SQSClient(clientOptions(config, config.endpoints.sqs));
  const messagesIn = async (QueueName: string): Promise<number> => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  };
  const names = Object.values(queues).flatMap((name) => [name, deadLetters(name)]);
  const left = async () => {
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: config.compute.clusterArn }));
    return { tasks: taskArns, messages: await Promise.all(names.map(messagesIn)) };
  };
  await expect.poll(left, PATIENCE).toEqual({ tasks: [], messages: names.map(() => 0) });
  ecs.destroy();
  sqs.destroy();
}

/**
 * Checks that all processes of earlier servers ended: those that name the folder belong to the current server.
 */
async function expectNoLeftProcess({ folder, pid }: ServerProcess): Promise<void> {
  const left = () =>
    processesOf(folder)
      .filter((found) => found.pid !== pid)
      .filter(({ parent, command }) => parent !== pid || !command.includes('lambda/runner.ts'))
      .map(({ command }) => command);
  await expect.poll(left, PATIENCE).toEqual([]);
}
