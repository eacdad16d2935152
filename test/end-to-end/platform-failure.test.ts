import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { admittedRun, started, stepsOf } from './played-run.ts';
import { argumentsOf, begun, processesWith } from './processes.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Steps that fail because of the platform, not because of their own commands. */
const stack = useStack({ isolate: true, check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  // Only a warden in a separate process can be killed.
  alice = await stack.user('alice');
});

describe('a step', () => {
  it('whose warden is killed gets another attempt with a new ticket, and succeeds', async () => {
    // The first attempt runs until the warden ends; the second finds the mark and ends.
    const workflow = await installTemplate(
      stack,
      oneStep([`mkdir ${join(stack.dataDir, 'first')} 2>/dev/null && sleep 60; echo done > out.txt`], '', [
        'out.txt',
      ]),
    );
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const [warden = 0] = await begun(() => processesWith(stack, 'warden'));
    const [before] = await stepsOf(stack.services, json.id);
    process.kill(warden, 'SIGKILL');
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const [after] = await stepsOf(stack.services, json.id);
    expect(before).toMatchObject({ attempt: 1, state: 'running' });
    expect(after).toMatchObject({ attempt: 2, state: 'success' });
    expect(after?.ticketHash).not.toBe(before?.ticketHash);
    expect(run.files).toHaveLength(1);
  });

  it('of a task with several steps is repeated alone, and the steps before it are not', async () => {
    const ran = (name: string) => `echo ${name} >> ${join(stack.dataDir, 'ran')}`;
    const waits = `${ran('second')}; mkdir ${join(stack.dataDir, 'waited')} 2>/dev/null && sleep 60; true`;
    const steps = [ran('first'), waits, ran('third')].map(
      (command, index) =>
        `    - {name: step ${index}, action: {environment: 'python:3.9', commands: [${JSON.stringify(command)}]}}\n`,
    );
    const workflow = await installTemplate(stack, `workflow:\n  steps:\n${steps.join('')}`);
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    await poll(async () => existsSync(join(stack.dataDir, 'waited')) || undefined, 'the step does not begin');
    const [warden = 0] = processesWith(stack, 'warden');
    const [before] = await stepsOf(stack.services, json.id);
    process.kill(warden, 'SIGKILL');
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    const records = await stepsOf(stack.services, json.id);
    // ECS may not know a new definition at the first attempt.
    expect(records.map(({ attempt }) => attempt)).toEqual([before?.attempt, 2, 1]);
    expect(records).toMatchObject([{ state: 'success' }, { state: 'success' }, { state: 'success' }]);
    const [first, second, third] = records.map(({ taskArn }) => taskArn);
    expect([second === first, third === second]).toEqual([false, true]);
    const lines = readFileSync(join(stack.dataDir, 'ran'), 'utf8');
    expect(lines).toBe('first\nsecond\nsecond\nthird\n');
  });

  it('whose own process is killed fails with the signal, and gets no other attempt', async () => {
    const workflow = await installTemplate(stack, oneStep(['exec sleep 4322']), {});
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const sleeping = () => processesWith(stack, '4322').filter((pid) => argumentsOf(pid)[0] === 'sleep');
    const [sleep = 0] = await begun(sleeping);
    process.kill(sleep, 'SIGKILL');
    const run = await stack.ended(json.id, alice.token);
    const [step] = await stepsOf(stack.services, json.id);
    expect(run).toMatchObject({ state: 'ERROR', messages: ["step 'only' ended with exit code 137"] });
    expect(step).toMatchObject({ attempt: 1, state: 'failed', exitCode: 137 });
  });

  describe('from an argument', () => {
    const template =
      'workflow:\n  steps:\n    - {name: s, action: "$[[a]]"}\nparameters:\n  - {name: a, dtype: actor}\n';
    let group: string;
    beforeAll(async () => {
      group = await stack.group(await installTemplate(stack, template, {}), alice.token, 'Group');
    });

    it('is rejected with an invalid image name', async () => {
      for (const environment of ['not an image', 'UPPER/case:tag', 'python@sha256:12']) {
        const reply = await start(stack, group, alice.token, { a: { environment, commands: ['true'] } });
        expect([environment, reply.status]).toEqual([environment, 400]);
      }
    });

    it('gets three attempts when the container service rejects its image', async () => {
      const a = { environment: 'python:3.9-untaken', commands: ['true'] };
      const runId = await admittedRun(stack, group, { a });
      const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      const register = async () => {
        throw new Error('no more than one a second');
      };
      let now = new Date();
      const services = { ...stack.services, taskRegistry: { register }, now: () => now };
      const ask = () => nextStep(services, { runId, outcome: null });
      expect(await ask()).toEqual({ action: 'wait', step: 0, attempt: 2, seconds: 2 });
      now = new Date(now.getTime() + 2000);
      expect(await ask()).toEqual({ action: 'wait', step: 0, attempt: 3, seconds: 4 });
      now = new Date(now.getTime() + 4000);
      expect(await ask()).toEqual({ action: 'done' });
      write.mockRestore();
      await settleRun(stack.services, runId, true);
      const run = await stack.ended(runId, alice.token);
      expect(run).toMatchObject({
        state: 'ERROR',
        messages: ["step 's': the container service did not take the image"],
      });
    });

    it('waits for capacity, which does not count as a failure', async () => {
      const runId = await admittedRun(stack, group, { a: { environment: 'python:3.9', commands: ['true'] } });
      let now = new Date();
      const services = { ...stack.services, now: () => now };
      const cause = 'Capacity is unavailable at this time. Please try again later';
      let response = await nextStep(services, { runId, outcome: null });
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        expect(started(response).attempt).toBe(attempt);
        const error = { name: 'ECS.AmazonECSException', cause };
        const waits = await nextStep(services, { runId, outcome: { step: 0, attempt, error } });
        expect(waits).toEqual({ action: 'wait', step: 0, attempt: attempt + 1, seconds: 60 });
        now = new Date(now.getTime() + 60_000);
        response = await nextStep(services, { runId, outcome: null });
      }
      await cancelRun(stack.services, await findRun(stack.services, runId));
    });
  });
});
