import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../shared/client/client.ts';
import { readRunAndSteps } from '../../shared/runs/steps/record.ts';
import type { Services } from '../../shared/services/services.ts';
import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { example } from '../end-to-end/running-stack.ts';
import type { Figure } from './figure.ts';
import type { Bench, Measurement } from './measurement.ts';
import { install, participant } from './participant.ts';
import type { Server } from './server.ts';
import type { CallCounts } from './server-protocol.ts';
import { waitForRun } from './wait-for-run.ts';

/** Time in which the work after a run's end, such as the leaderboard, is done. */
const AFTERWARDS_MS = 1500;
const TEMPLATE = `workflow:
  files: {outputs: [result.json]}
  steps:
    - name: one
      action: {environment: 'python:3.9', commands: ['true']}
    - name: two
      action: {environment: 'python:3.9', commands: ['echo "{\\\\"score\\\\": 1}" > result.json']}
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
`;

/**
 * Calls of DynamoDB and S3: of the routes, when their functions are warm, and of a whole run. Also the starts of tasks in
 * a run of hello-world, which take most of its time on AWS.
 */
export const calls: Measurement = {
  name: 'calls',
  async measure(bench) {
    bench.say('counting the calls of the routes');
    const routes = await callsOfRoutes(bench);
    bench.say('counting the calls of a run');
    return [...routes, ...(await callsOfRun(bench))];
  },
};

async function callsOfRoutes({ server, services }: Bench): Promise<Figure[]> {
  const source = await readSource(example('hello-world'), {});
  const { id } = await createWorkflow(services, source, { ignorePostproc: true });
  const { client } = await participant(server.url);
  const content = new Blob(['Alice\n']);
  const group = await client.groups.create(id, { name: 'Warm' });
  const file = await client.files.upload(group.id, content, 'names.txt');
  const names = { name: 'names', value: { type: '$file', value: { fileId: file.id } } };
  const start = () => client.runs.start(group.id, { arguments: [names] });
  const run = await start();
  await waitForRun(client, run.id);
  const routes: [string, 'api' | 'auth' | 'runs', () => Promise<unknown>][] = [
    ['descriptor', 'api', () => client.service()],
    ['workflow handle', 'api', () => client.workflows.get(id)],
    ['whoami', 'auth', () => client.users.whoami()],
    ['leaderboard', 'api', () => client.workflows.leaderboard(id)],
    ['group creation', 'api', () => client.groups.create(id, { name: String(Math.random()) })],
    ['group handle', 'api', () => client.groups.get(group.id)],
    ['form upload', 'api', () => client.files.upload(group.id, content, 'names.txt')],
    ['run handle', 'runs', () => client.runs.get(run.id)],
    ['start of a run', 'runs', start],
  ];
  const figures = [await taskStarts(services, run.id)];
  for (const [name, caller, request] of routes) {
    await request();
    await pause(AFTERWARDS_MS / 10);
    await server.calls();
    await request();
    figures.push(...figuresOf(`calls of ${name}`, await server.calls(), caller));
  }
  return figures;
}

async function taskStarts(services: Services, runId: string): Promise<Figure> {
  const { steps } = (await readRunAndSteps(services, runId)) ?? { steps: [] };
  const value = new Set(steps.map(({ taskArn }) => taskArn)).size;
  return { name: 'task starts of a run of hello-world', value, unit: 'tasks', target: { atMost: 1 } };
}

/** The call of each minute may happen during a run: of several runs, the one with the fewest calls is used. */
async function callsOfRun({ server, services, sizes }: Bench): Promise<Figure[]> {
  const id = await install(services, 'Counted', TEMPLATE);
  const { client } = await participant(server.url);
  const group = (await client.groups.create(id, { name: 'Counted' })).id;
  const counts: CallCounts[] = [];
  for (let run = 0; run <= sizes.countedRuns; run += 1) counts.push(await countRun(server, client, group));
  const least = counts.slice(1).sort((a, b) => sum(a) - sum(b))[0] ?? {};
  const callers = new Set(Object.keys(least).map((name) => name.split(' ')[0] ?? ''));
  return [
    ...figuresOf('calls of a run of two steps', least),
    ...[...callers].sort().flatMap((caller) => figuresOf(`calls of a run, by ${caller}`, least, caller)),
  ];
}

/** Calls from the request to the run's end and the work after it, without the client's polling. */
async function countRun(server: Server, client: Client, group: string): Promise<CallCounts> {
  await server.calls();
  const { id } = await client.runs.start(group);
  const start = await server.calls();
  await pause(AFTERWARDS_MS);
  await waitForRun(client, id);
  await pause(AFTERWARDS_MS);
  const rest = await server.calls();
  const others = Object.entries(rest).filter(([name]) => !/^(runs|api|auth|operator|sweep) /.test(name));
  const all: CallCounts = { ...start };
  for (const [name, count] of others) all[name] = (all[name] ?? 0) + count;
  return all;
}

const sum = (counts: CallCounts): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The calls of one caller, or of all, to the two stores. */
function figuresOf(name: string, counts: CallCounts, caller?: string): Figure[] {
  const to = (service: string): number => {
    const matching = Object.entries(counts).filter(([call]) => {
      const [by, called] = call.split(' ');
      return called === service && (caller === undefined || by === caller);
    });
    return sum(Object.fromEntries(matching));
  };
  return [
    { name: `${name}: DynamoDB`, value: to('dynamodb'), unit: 'calls' },
    { name: `${name}: S3`, value: to('s3'), unit: 'calls' },
  ];
}
