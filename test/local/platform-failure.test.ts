import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSteps } from '../../shared/runs/next-step.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { poll, type RunningStack, runStack } from './running-stack.ts';

/** Steps that the platform fails, and not their own commands. */
let stack: RunningStack;
let alice: { id: string; token: string };

beforeAll(async () => {
  stack = await runStack();
  alice = await stack.user('alice');
});
afterAll(async () => {
  await expectConsistency(stack.services);
  await stack.close();
});

/** Processes of this stack's tasks by an argument of their command line. */
function processesOf(argument: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter(
      (pid) => read(pid, 'cmdline').includes(argument) && read(pid, 'environ').join().includes(stack.dataDir),
    );
}

function read(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

describe('a step', () => {
  it('whose warden is killed is tried again with a new ticket, and succeeds', async () => {
    // The first attempt waits for its end, which comes with that of the warden; the second finds the mark.
    const workflow = await installTemplate(
      stack,
      oneStep(['sleep 1; echo done > out.txt'], '', ['out.txt']),
      {},
    );
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const [warden = 0] = await poll(async () => {
      const found = processesOf('warden');
      return found.length > 0 ? found : undefined;
    }, 'the warden does not run');
    const [before] = await readSteps(stack.services, json.id);
    process.kill(warden, 'SIGKILL');
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const [after] = await readSteps(stack.services, json.id);
    expect(before).toMatchObject({ attempt: 1, state: 'running' });
    expect(after).toMatchObject({ attempt: 2, state: 'success' });
    expect(after?.ticketHash).not.toBe(before?.ticketHash);
    expect(run.files).toHaveLength(1);
  });

  it('whose own process is killed has failed with the signal, and is not repeated', async () => {
    const workflow = await installTemplate(stack, oneStep(['exec sleep 4322']), {});
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const sleeping = () => processesOf('4322').filter((pid) => read(pid, 'cmdline')[0] === 'sleep');
    const [sleep = 0] = await poll(
      async () => (sleeping().length > 0 ? sleeping() : undefined),
      'the step does not run',
    );
    process.kill(sleep, 'SIGKILL');
    const run = await stack.ended(json.id, alice.token);
    const [step] = await readSteps(stack.services, json.id);
    expect(run).toMatchObject({ state: 'ERROR', messages: ["step 'only' ended with exit code 137"] });
    expect(step).toMatchObject({ attempt: 1, state: 'failed', exitCode: 137 });
  });

  it('with an image that no container can have ends the run and says so', async () => {
    const template =
      'workflow:\n  steps:\n    - {name: s, action: "$[[a]]"}\nparameters:\n  - {name: a, dtype: actor}\n';
    const workflow = await installTemplate(stack, template, {});
    const group = await stack.group(workflow, alice.token, 'Group');
    const a = { environment: 'not an image', commands: ['true'] };
    expect((await start(stack, group, alice.token, { a })).status).toBe(400);
    const { json } = await start(stack, group, alice.token, { a: { ...a, environment: 'UPPER/case:tag' } });
    const run = await stack.ended(json.id, alice.token);
    expect(run.state).toBe('ERROR');
    expect(run.messages).toEqual([expect.stringMatching(/^step 's': .*UPPER\/case/)]);
  });
});
