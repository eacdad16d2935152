import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import { findRun } from '../../shared/runs/run.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

/** Sizes of steps, from the worker of the organiser or the participant to the container service. */
const calls: StackCall[] = [];
const stack = useStack({
  env: { FLOWSERV_STEP_MAX_CPU: '2', FLOWSERV_STEP_MAX_MEMORY: '8 GiB' },
  onCall: (call) => calls.push(call),
  check: 'consistency',
});
let alice: { id: string; token: string };

const own = { environment: 'python:3.9', commands: ['true'] };
const template = `workflow:
  steps:
    - {name: own, action: "$[[own]]"}
    - name: score
      action: {environment: 'python:3.9', commands: ['true']}
parameters:
  - {name: own, dtype: actor}
`;
const worker = (sizes: object, steps: readonly string[]) => ({
  workers: [{ name: 'w', type: 'docker', ...sizes }],
  workflow: steps.map((step) => ({ step, worker: 'w' })),
});

/** Starts a run of the two steps; returns the response. */
const startOwn = (group: string, config?: object) =>
  stack.request('POST', `/groups/${group}/runs`, {
    token: alice.token,
    body: { arguments: [{ name: 'own', value: own }], ...(config ? { config } : {}) },
  });

/** The sizes in the plan of a run, which is then canceled. */
async function plannedSizes(group: string, config?: object) {
  const { status, json } = await startOwn(group, config);
  expect(status).toBe(201);
  await stack.request('PUT', `/runs/${json.id}`, { token: alice.token });
  return (await readRunDocument(stack.services, json.id)).plan.steps.map(({ size }) => size);
}

async function groupOf(workflow: string, name: string, config?: object): Promise<string> {
  const body = { name, ...(config ? { config } : {}) };
  const made = await stack.request('POST', `/workflows/${workflow}/groups`, { token: alice.token, body });
  expect(made.status).toBe(201);
  return made.json.id;
}

const DEFAULT = { cpu: 1, memory: 2048, disk: 21, timeout: 86_400 };

beforeAll(async () => {
  alice = await stack.user('alice');
});

describe('the size of a worker', () => {
  it('reaches the container service: CPU and memory as overrides, the disk in the definition', async () => {
    const config = worker({ cpu: 1.5, memory: '5 GB', disk: '30 GiB' }, ['score']);
    const id = await installTemplate(stack, template, {}, { id: 'sized', config });
    const group = await groupOf(id, 'Group');
    const run = await stack.ended((await startOwn(group)).json.id, alice.token);
    expect(run.state).toBe('SUCCESS');
    const overrides = calls
      .filter(({ operation }) => operation === 'RunTask')
      .map(({ input }) => Object(input.Overrides));
    expect(overrides.map(({ Cpu, Memory }) => [Cpu, Memory])).toEqual([
      ['1024', '2048'],
      ['2048', '5120'],
    ]);
    const disks = calls
      .filter(({ operation }) => operation === 'RegisterTaskDefinition')
      .map(({ input }) => Object(input.ephemeralStorage).sizeInGiB);
    expect(new Set(disks)).toEqual(new Set([21, 30]));
    expect((await findRun(stack.services, run.id)).vcpus).toBe(2);
  });

  it('has a time limit, after which the run ends with a message', async () => {
    const config = worker({ timeout: '1 s' }, ['only']);
    const id = await installTemplate(stack, oneStep(['echo begun; sleep 60']), {}, { id: 'limited', config });
    const group = await groupOf(id, 'Group');
    const started = await stack.request('POST', `/groups/${group}/runs`, { token: alice.token, body: {} });
    const run = await stack.ended(started.json.id, alice.token);
    expect(run).toMatchObject({ state: 'ERROR' });
    expect(run.messages.join(' ')).toContain('the step ran for longer than 1 second');
  });

  it('is rejected above the maximum when the workflow is installed', async () => {
    const config = worker({ memory: '9 GiB', cpu: 4 }, []);
    await expect(installTemplate(stack, template, {}, { id: 'large', config })).rejects.toThrow(
      'workers[0].cpu: 4 vCPU exceeds the maximum of 2 vCPU; ' +
        'workers[0].memory: 9 GiB exceeds the maximum of 8 GiB',
    );
  });
});

describe('the configuration of a participant', () => {
  const settings = 'participants: {config: [cpu, memory, timeout]}\n';
  const large = { cpu: 2, memory: '6 GiB', disk: 90, timeout: '5 min' };
  const asked = { cpu: 2, memory: 6144, disk: 21, timeout: 300 };
  let workflow: string;
  let group: string;

  beforeAll(async () => {
    workflow = await installTemplate(stack, template, {}, { id: 'configurable' }, settings);
    group = await groupOf(workflow, 'Group');
  });

  it('sets the sizes that the manifest permits, for the step that the participant supplies', async () => {
    expect(await plannedSizes(group, worker(large, ['own', 'score']))).toEqual([asked, DEFAULT]);
    expect(await plannedSizes(group)).toEqual([DEFAULT, DEFAULT]);
  });

  it('of a group applies to its runs, and a run replaces it by top-level key', async () => {
    const configured = await groupOf(workflow, 'Configured', worker(large, ['own']));
    expect(await plannedSizes(configured)).toEqual([asked, DEFAULT]);
    const workers = [{ name: 'w', type: 'docker', cpu: 0.5 }];
    expect((await plannedSizes(configured, { workers }))[0]).toEqual({ ...DEFAULT, cpu: 0.5 });
    expect(await plannedSizes(configured, { workflow: [] })).toEqual([DEFAULT, DEFAULT]);
  });

  it('is not applied without the key in the manifest', async () => {
    const silent = await groupOf(await installTemplate(stack, template, {}, { id: 'silent' }), 'Silent');
    expect(await plannedSizes(silent, worker(large, ['own']))).toEqual([DEFAULT, DEFAULT]);
  });

  it('is rejected above the maximum, with the path of the value', async () => {
    const { status, json } = await startOwn(group, worker({ memory: '9 GiB' }, ['own']));
    expect([status, json.code]).toEqual([400, 'run.size']);
    expect(json.message).toBe('config.workers[0].memory: 9 GiB exceeds the maximum of 8 GiB');
    const unused = worker({ memory: '9 GiB' }, ['score']);
    expect(await plannedSizes(group, unused)).toEqual([DEFAULT, DEFAULT]);
  });

  it.each([{ gpu: 1 }, { cpu: 'all' }, { memory: -1 }, { timeout: '9'.repeat(20_000) }])(
    'is rejected if it is invalid: %j',
    async (sizes) => {
      const { status, json } = await startOwn(group, worker(sizes, ['own']));
      expect([status, json.code]).toEqual([400, 'engine-config.invalid']);
    },
  );
});
