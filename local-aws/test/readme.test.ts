import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { dynaliteOperations } from '../dynamodb/internals.ts';
import {
  createEcs,
  createProcessRunner,
  createQueues,
  createStepFunctions,
  type Integrations,
} from '../index.ts';
import { OPERATIONS } from '../s3/routes.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'local-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = { region: 'eu-central-1', accountId: '123456789012' };

/** The operations in the rows of a service's section with these titles. */
function listed(service: string, ...titles: readonly string[]): string[] {
  const section = readme.split(`\n### ${service}\n`)[1]?.split('\n### ')[0] ?? '';
  const rows = section.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const cells = rows.flatMap(([, title = '', text = '']) => (titles.includes(title) ? [text] : []));
  return cells.flatMap((text) => text.replaceAll(/\(.*?\)/g, '').match(/\b[A-Z]\w+/g) ?? []).sort();
}

it('the README lists the operations of S3', () => {
  const names = Object.values(OPERATIONS).map(({ name }) => name);
  expect(listed('S3', 'Buckets', 'Objects', 'Multipart uploads')).toEqual(names.sort());
});

it('the README lists the operations of DynamoDB', () => {
  const own = ['TransactWriteItems', 'TransactGetItems', 'UpdateTimeToLive', 'DescribeTimeToLive'];
  expect(listed('DynamoDB', 'Tables', 'Items')).toEqual([...Object.keys(dynaliteOperations), ...own].sort());
});

it('the README lists the operations of SQS', () => {
  const queues = createQueues({ ...place, dataDir: join(folder, 'sqs') });
  queues.close();
  expect(listed('SQS', 'Operations')).toEqual(Object.keys(queues.service.operations).sort());
});

it('the README lists the operations of Step Functions', async () => {
  const integrations = {} as Integrations;
  const dataDir = join(folder, 'states');
  const states = createStepFunctions({ ...place, dataDir, integrations, emit: () => {} });
  await states.close();
  expect(listed('Step Functions', 'Operations')).toEqual(Object.keys(states.service.operations).sort());
});

it('the README lists the operations of ECS', async () => {
  const runner = createProcessRunner({ workRoot: join(folder, 'work') });
  const ecs = createEcs({ ...place, dataDir: join(folder, 'ecs'), runner });
  await ecs.close();
  await runner.close();
  expect(listed('ECS on Fargate', 'Operations')).toEqual(Object.keys(ecs.service.operations).sort());
});
