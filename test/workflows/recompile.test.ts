import { DeleteStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../shared/clients.ts';
import type { Config } from '../../shared/config.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { findRun, queueOwnerOf } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import { readSource } from '../../shared/sources/folder.ts';
import { keys } from '../../shared/store/keys.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { findDueWorkflows, recompileAll, recompileWorkflow } from '../../shared/workflows/recompile.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { stateMachinesCodec } from '../../shared/workflows/state-machines.ts';
import { readVersions } from '../../shared/workflows/version.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { ALL_RESULTS, installTemplate, oneStep, SCORES, start } from '../end-to-end/install-template.ts';
import { admittedRun, queuedRun, started, whileFull } from '../end-to-end/played-run.ts';
import { purged } from '../end-to-end/purged.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

/** The stack's services after a deployment that changed a setting of state machines. */
function redeployed(change: Partial<Config['compute']>): Services {
  const { config } = stack.services;
  return createServices({ ...config, compute: { ...config.compute, ...change } });
}
const otherRole = (name: string) =>
  redeployed({ stateMachineRoleArn: `arn:aws:iam::000000000000:role/${name}` });

const install = async (id: string, template = oneStep(['true'])) => {
  await installTemplate(stack, template, {}, { id });
  return stack.group(id, alice.token, 'Group');
};

/** The state machine of a workflow's only version as first compiled, and the current ones if they differ. */
async function stateMachinesOf(workflowId: string) {
  const { services } = stack;
  const { version: versionId } = await findWorkflow(services, workflowId);
  const [first] = await readVersions(services, workflowId);
  const item = await services.table.get(keys.stateMachines(workflowId, versionId));
  return { first: first?.machine, today: stateMachinesCodec.readMaybe(item) };
}

const removeStateMachine = async (stateMachineArn: string | undefined) => {
  const { config } = stack.services;
  const client = new SFNClient(clientOptions(config, config.endpoints.sfn));
  await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
};

const ROLE = 'the role of state machines changed';

describe('compiling a workflow again', () => {
  it('does not change a workflow that is up to date', async () => {
    await install('FRESH');
    expect(await recompileWorkflow(stack.services, 'FRESH')).toEqual({ id: 'FRESH', reasons: [] });
    expect((await stateMachinesOf('FRESH')).today).toBeUndefined();
  });

  it('reports which settings changed, and changes nothing in a dry run', async () => {
    await install('DRY');
    const reasonsAfter = async (change: Partial<Config['compute']>) =>
      (await recompileWorkflow(redeployed(change), 'DRY', { dryRun: true })).reasons;
    expect(await reasonsAfter({ stateMachineRoleArn: 'arn:aws:iam::000000000000:role/dry' })).toEqual([ROLE]);
    const other = 'arn:aws:lambda:us-east-1:000000000000:function:other';
    expect(await reasonsAfter({ nextFunctionArn: other, settleFunctionArn: other })).toEqual([
      "the function 'next-step' changed",
      "the function 'settle-run' changed",
    ]);
    expect(await reasonsAfter({ clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/other' })).toEqual([
      'the cluster changed',
    ]);
    const elsewhere = 'arn:aws:lambda:eu-central-1:000000000000:function:next-step';
    expect(await reasonsAfter({ nextFunctionArn: elsewhere })).toEqual([
      'it was compiled in another account or region',
    ]);
    const ofTasks = { subnets: ['subnet-9'], securityGroups: ['sg-9'], stagingImage: 'node:26' };
    expect(await reasonsAfter(ofTasks)).toEqual([]);
    expect((await stateMachinesOf('DRY')).today).toBeUndefined();
  });

  it('uses the new state machine for new and waiting runs, and the old one for admitted runs', async () => {
    const group = await install('MOVED');
    const begun = await admittedRun(stack, group);
    const waiting = await whileFull(stack, async () => {
      const id = await queuedRun(stack, group);
      expect((await recompileWorkflow(otherRole('moved'), 'MOVED')).reasons).toEqual([ROLE]);
      return id;
    });
    const { first, today } = await stateMachinesOf('MOVED');
    expect(today?.machine).not.toBe(first);
    await dispatch(stack.services);
    // This process caches the version as it was read before it was compiled again.
    const later = (await start(stack, group, alice.token)).json.id;
    for (const id of [waiting, later]) {
      expect((await stack.ended(id, alice.token)).state).toBe('SUCCESS');
      expect((await findRun(stack.services, id)).machineArn).toBe(today?.machine);
    }
    expect((await findRun(stack.services, begun)).machineArn).toBe(first);
    await stack.services.executions.start(first ?? '', begun);
    expect((await stack.ended(begun, alice.token)).state).toBe('SUCCESS');
  });

  it('can run twice concurrently, and again after an interruption at any write', async () => {
    await install('TWICE');
    const services = otherRole('twice');
    const { table } = services;
    const interrupted: Services = {
      ...services,
      table: { ...table, transact: () => Promise.reject(new Error('interrupted')) },
    };
    await expect(recompileWorkflow(interrupted, 'TWICE')).rejects.toThrow('interrupted');
    expect((await stateMachinesOf('TWICE')).today).toBeUndefined();
    const both = await Promise.all([1, 2].map(() => recompileWorkflow(services, 'TWICE')));
    expect(both.map(({ id }) => id)).toEqual(['TWICE', 'TWICE']);
    const { today } = await stateMachinesOf('TWICE');
    expect(await recompileWorkflow(services, 'TWICE')).toEqual({ id: 'TWICE', reasons: [] });
    expect((await stateMachinesOf('TWICE')).today).toEqual(today);
  });

  it('returns to the previous state machine if the setting is reverted', async () => {
    await install('BACK');
    await recompileWorkflow(otherRole('back'), 'BACK');
    expect((await recompileWorkflow(stack.services, 'BACK')).reasons).toEqual([ROLE]);
    const { first, today } = await stateMachinesOf('BACK');
    expect(today?.machine).toBe(first);
  });

  it('creates a missing state machine again', async () => {
    const group = await install('GONE', oneStep(['echo gone']));
    const services = otherRole('gone');
    await recompileWorkflow(services, 'GONE');
    const { today } = await stateMachinesOf('GONE');
    await removeStateMachine(today?.machine);
    expect((await recompileWorkflow(services, 'GONE')).reasons).toEqual(['its state machine does not exist']);
    const { json } = await start(stack, group, alice.token);
    expect((await stack.ended(json.id, alice.token)).state).toBe('SUCCESS');
    expect((await findRun(stack.services, json.id)).machineArn).toBe(today?.machine);
  });

  it('compiles post-processing too', async () => {
    const score = `echo '{"score": 1}' > result.json`;
    const group = await install('POST', oneStep([score], `${SCORES}${ALL_RESULTS}`, ['result.json']));
    await recompileWorkflow(otherRole('post'), 'POST');
    const { today } = await stateMachinesOf('POST');
    expect(today?.postprocMachine).toEqual(expect.stringContaining(':stateMachine:'));
    const { json } = await start(stack, group, alice.token);
    await stack.ended(json.id, alice.token);
    const { id } = await stack.postproc('POST', ({ state }) => state === 'SUCCESS');
    expect((await findRun(stack.services, id)).machineArn).toBe(today?.postprocMachine);
  });

  it('keeps the state machine of post-processing while its image is unreachable', async () => {
    const score = `echo '{"score": 1}' > result.json`;
    const inEcr = '123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.9';
    const template = oneStep([score], `${SCORES}${ALL_RESULTS}`, ['result.json']);
    await install('SHUT', template.replace('environment: python:3.9', `environment: ${inEcr}`));
    const shut = redeployed({
      network: 'isolated',
      stateMachineRoleArn: 'arn:aws:iam::000000000000:role/shut',
    });
    await recompileWorkflow(shut, 'SHUT');
    const { today } = await stateMachinesOf('SHUT');
    expect(today?.postprocMachine).toEqual(expect.stringContaining(':stateMachine:'));
    expect(await recompileWorkflow(shut, 'SHUT')).toEqual({ id: 'SHUT', reasons: [] });
    await recompileWorkflow(stack.services, 'SHUT');
    const { services } = stack;
    const [version] = await readVersions(services, 'SHUT');
    expect((await stateMachinesOf('SHUT')).today?.postprocMachine).toBe(version?.postprocMachine);
  });

  it('works for queued runs of a release that did not record their state machine', async () => {
    const group = await install('OLDER');
    const waiting = await whileFull(stack, async () => {
      const id = await queuedRun(stack, group);
      await recompileWorkflow(otherRole('older'), 'OLDER');
      const run = await findRun(stack.services, id);
      const key = keys.queued(queueOwnerOf(run), run.queueNumber ?? 0);
      await stack.services.table.update(key, { remove: ['use'] });
      return id;
    });
    await dispatch(stack.services);
    expect((await stack.ended(waiting, alice.token)).state).toBe('SUCCESS');
    const { today } = await stateMachinesOf('OLDER');
    expect((await findRun(stack.services, waiting)).machineArn).toBe(today?.machine);
  });

  it('leaves nothing behind if the workflow is deleted meanwhile or afterwards', async () => {
    await install('LOST');
    const services = otherRole('lost');
    const { executions } = services;
    const createStateMachine: typeof executions.createStateMachine = async (...stateMachine) => {
      await removeWorkflow(stack.services, 'LOST');
      return executions.createStateMachine(...stateMachine);
    };
    const meanwhile = { ...services, executions: { ...executions, createStateMachine } };
    await expect(recompileWorkflow(meanwhile, 'LOST')).rejects.toMatchObject({ code: 'workflow.unknown' });
    await expect(recompileWorkflow(services, 'LOST')).rejects.toMatchObject({ code: 'workflow.unknown' });

    await install('AFTER');
    const { version } = await findWorkflow(services, 'AFTER');
    await recompileWorkflow(services, 'AFTER');
    await removeWorkflow(stack.services, 'AFTER');
    await purged(stack.services, keys.workflow('AFTER'));
    expect(await services.table.get(keys.stateMachines('AFTER', version))).toBeUndefined();
  });

  it('continues with the next workflow if one cannot be read', async () => {
    await install('BROKEN');
    const { version } = await findWorkflow(stack.services, 'BROKEN');
    const key = keys.document(keys.workflow('BROKEN'), version);
    const { text } = (await stack.services.table.get(key)) as unknown as { text: string };
    const broken = text.replaceAll('commands', 'kommandos');
    await stack.services.table.update(key, { set: { text: broken } });
    const found = await Array.fromAsync(recompileAll(stack.services));
    expect(found.find(({ id }) => id === 'BROKEN')?.failure).toContain('commands');
    expect(found.length).toBeGreaterThan(5);
    expect((await findDueWorkflows(stack.services)).map(({ id }) => id)).toEqual(['BROKEN']);
    expect((await findDueWorkflows(otherRole('due'))).length).toBe(found.length);
  });

  it('reports a workflow with a storage volume that the operator does not offer any more', async () => {
    const { config } = stack.services;
    const lab = { id: 'lab', type: 'fs', args: { basedir: '/srv/lab' } } as const;
    const offering = createServices({
      ...config,
      volumes: [{ ...lab, readOnly: true, privateFiles: false }],
    });
    const offered: typeof stack.install = async (folder, options) =>
      (await createWorkflow(offering, await readSource(folder), options)).id;
    const engine = {
      workers: [{ name: 'w', type: 'docker', volume: 'lab' }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    await installTemplate({ install: offered }, oneStep(['true']), {}, { id: 'VOLUME', config: engine });
    const found = await Array.fromAsync(recompileAll(stack.services));
    const due = await findDueWorkflows(stack.services);
    for (const list of [found, due]) {
      expect(list.find(({ id }) => id === 'VOLUME')?.failure).toContain("unknown storage volume 'lab'");
    }
  });
});

describe('a deployment', () => {
  it('applies its subnets and task settings to installed workflows immediately', async () => {
    const group = await install('TASKS');
    const subnets = ['subnet-8', 'subnet-9'];
    const runId = await admittedRun(stack, group);
    const before = started(await nextStep(stack.services, { runId, outcome: null }));
    const after = started(await nextStep(redeployed({ subnets }), { runId, outcome: null }));
    expect(after.network).toEqual({ ...before.network, subnets });
    expect(after.taskDefinition).toBe(before.taskDefinition);
    const moved = createServices({ ...stack.services.config, brokerUrl: 'https://other.example/broker' });
    for (const services of [redeployed({ stagingImage: 'node:26' }), moved]) {
      const response = started(await nextStep(services, { runId, outcome: null }));
      expect(response.taskDefinition).not.toBe(before.taskDefinition);
    }
  });
});
