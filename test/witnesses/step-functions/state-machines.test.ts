import { readFileSync } from 'node:fs';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { clientOptions } from '../../../shared/clients.ts';
import { fileArgument, installTemplate, oneStep, start } from '../../end-to-end/install-template.ts';
import { example, fixture, poll } from '../../end-to-end/running-stack.ts';
import { useStack } from '../../end-to-end/stack-fixture.ts';
import { type PlainEvent, plainText } from './history.ts';
import { otherHistories } from './other-interpreter.ts';
import { definitions, type RecordedExecution, recordedExecutions } from './recorded.ts';
import { runScripts } from './scripted.ts';
import { ordinary, rare, waves } from './scripts.ts';

/**
 * Runs the state machines of the examples and fixtures on our interpreter and on LocalStack's, which is part of moto,
 * and expects the same states, the same input, variables and parameters of each task, and the same end.
 */
const stack = useStack();
let alice: { id: string; token: string };
let runs: readonly RecordedExecution[];
let scripted: readonly RecordedExecution[];
let otherEvents: ReadonlyMap<RecordedExecution, readonly PlainEvent[]>;

beforeAll(async () => {
  alice = await stack.user('alice');
  const { config } = stack.services;
  const sfn = new SFNClient(clientOptions(config, config.endpoints.sfn));
  await succeed();
  await fail();
  await cancel();
  runs = await recordedExecutions(sfn);
  for (const name of ['legacy', 'top-tagger']) {
    const template = readFileSync(fixture(`templates/${name}.yaml`), 'utf8');
    // One template has a duplicate key, which would be rejected.
    await installTemplate(stack, template.replace(/dtype: string\n\s+(?=dtype)/, ''));
  }
  await stack.install(fixture('hello-world'));
  await stack.install(example('word-search'));
  const machines = [...(await definitions(sfn)).values()];
  sfn.destroy();
  // With this random number, a delay with full jitter is zero.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const scripts = machines.map((definition) => runScripts(definition, ordinary(stepsOf(definition))));
  const [first = ''] = machines;
  const [parallel = ''] = machines.filter((definition) => definition.includes('"Map"'));
  const more = [runScripts(first, rare), runScripts(parallel, waves)];
  scripted = (await Promise.all([...scripts, ...more])).flat();
  vi.restoreAllMocks();
  const all = [...runs, ...scripted];
  const histories = await otherHistories(all);
  otherEvents = new Map(all.map((execution, index) => [execution, histories[index] ?? []]));
}, 300_000);

const groupOf = async (workflow: string) => stack.group(workflow, alice.token, 'Group');

async function run(workflow: string, values: Readonly<Record<string, unknown>> = {}) {
  const { json } = await start(stack, await groupOf(workflow), alice.token, values);
  return stack.ended(json.id, alice.token);
}

/** Starts runs of all examples, and of the fixture with post-processing. */
async function succeed() {
  for (const folder of [example('hello-world'), fixture('hello-world-postproc')]) {
    const workflow = await stack.install(folder);
    const group = await groupOf(workflow);
    const names = await fileArgument(stack, group, alice.token, 'Alice\nBob\n');
    const { json } = await start(stack, group, alice.token, { names });
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    await stack.postproc(workflow, ({ state }) => state === 'SUCCESS');
  }
  expect(await run(await stack.install(example('word-count')))).toMatchObject({ state: 'SUCCESS' });
  const commands = ["sed 's/.*/ham/' work/messages.txt > work/labels.txt"];
  const filter = { environment: 'alpine:3.20', commands };
  const spam = await run(await stack.install(example('spam-filter')), { filter });
  expect(spam).toMatchObject({ state: 'SUCCESS' });
}

async function fail() {
  expect(await run(await installTemplate(stack, oneStep(['exit 3'])))).toMatchObject({ state: 'ERROR' });
}

async function cancel() {
  const workflow = await installTemplate(stack, oneStep(['sleep 60']));
  const { json } = await start(stack, await groupOf(workflow), alice.token);
  const { config } = stack.services;
  const ecs = new ECSClient(clientOptions(config, config.endpoints.ecs));
  const tasks = new ListTasksCommand({ cluster: config.compute.clusterArn });
  await poll(async () => ((await ecs.send(tasks)).taskArns?.length ? true : undefined), 'no task runs');
  ecs.destroy();
  await stack.request('PUT', `/runs/${json.id}`, { token: alice.token });
  expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'CANCELED' });
}

/** Each step has a state whose name begins with its number. */
const stepsOf = (definition: string) =>
  Object.keys(JSON.parse(definition).States).filter((name) => /^\d/.test(name)).length;

/**
 * Differences that are ignored: the other interpreter begins after the input is known, mocks tasks without submitting
 * them, and has its own text as the cause of a failed expression, where ours has AWS's text.
 */
const UNCOMPARED = ['ExecutionStarted', 'TaskSubmitted', 'EvaluationFailed'];
const EVALUATION =
  /(An error occurred while executing the state [^)]*\)\. )?The JSONata expression .*?\(undefined\)\./g;

const comparable = (events: readonly PlainEvent[] = []): string[] =>
  events
    .filter(({ type }) => !UNCOMPARED.includes(type))
    .map((event) => plainText(event).replaceAll(EVALUATION, 'nothing'));

function expectSameEvents(executions: readonly RecordedExecution[]) {
  const other = executions.map((execution) => comparable(otherEvents.get(execution)));
  expect(other).toEqual(executions.map(({ events }) => comparable(events)));
}

describe('two interpreters agree on', () => {
  it('runs of all examples with their post-processing, one that fails and one that is canceled', () => {
    const ends = runs.map(({ events }) => events.at(-1)?.type).sort();
    expect(ends).toEqual(['ExecutionAborted', ...Array(7).fill('ExecutionSucceeded')]);
    expectSameEvents(runs);
  });

  it('state machines of all examples and fixtures with rejected first calls and repeated steps', () => {
    const executions = scripted.filter(({ name }) => ordinary(1).some(({ title }) => title === name));
    expect(new Set(executions.map(({ definition }) => definition)).size).toBeGreaterThanOrEqual(8);
    expectSameEvents(executions);
  });

  it.each([...rare, ...waves].map(({ title }) => title))('an execution where %s', (title) => {
    const executions = scripted.filter(({ name }) => name === title);
    expect(executions).toHaveLength(1);
    expectSameEvents(executions);
  });
});
