import { beforeAll, describe, expect, it } from 'vitest';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { progressText } from '../../shared/runs/progress.ts';
import { findRun } from '../../shared/runs/run.ts';
import { installTemplate, resultText, start } from './install-template.ts';
import { type ParallelStep, parallelTemplate } from './parallel-template.ts';
import { stepsOf } from './played-run.ts';
import { begun, gone, processesWith } from './processes.ts';
import { useStack } from './stack-fixture.ts';

/** Steps that run at the same time, on a whole stack. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const groupOf = async (template: string, files = {}) =>
  stack.group(await installTemplate(stack, template, files), alice.token, 'Group');

async function run(steps: readonly ParallelStep[], outputs: readonly string[] = [], files = {}, more = '') {
  const group = await groupOf(parallelTemplate(steps, outputs, more), files);
  const { json } = await start(stack, group, alice.token);
  const ended = await stack.ended(json.id, alice.token);
  return { ended, steps: await stepsOf(stack.services, json.id) };
}

const writes = (name: string, commands: readonly string[], inputs: readonly string[] = []): ParallelStep => ({
  name,
  inputs,
  outputs: [`${name}.txt`],
  commands,
});
const join = (commands: readonly string[], inputs: readonly string[] = []): ParallelStep => ({
  name: 'join',
  inputs,
  outputs: ['all.txt'],
  commands,
});

describe('independent steps', () => {
  it('run at the same time from the same tree, and the next step gets the changes of all', async () => {
    const { ended, steps } = await run(
      [
        writes('a', ['cat code/in.txt > a.txt', 'ls > seen-by-a.lst', 'echo a']),
        writes('b', ['cat code/in.txt > b.txt', 'ls > seen-by-b.lst', 'echo b']),
        join(['cat a.txt b.txt seen-by-a.lst seen-by-b.lst > all.txt'], ['a.txt', 'b.txt']),
      ],
      ['all.txt'],
      { 'code/in.txt': 'in\n' },
    );
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    const text = await resultText(stack, ended, 'all.txt');
    expect(text).toBe('in\nin\na.txt\ncode\nseen-by-a.lst\nb.txt\ncode\nseen-by-b.lst\n');
    expect(steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'a success',
      'b success',
      'join success',
    ]);
    expect(new Set(steps.map(({ taskArn }) => taskArn)).size).toBe(3);
  });

  it('stop together when their run is canceled', async () => {
    const group = await groupOf(
      parallelTemplate([writes('a', ['exec sleep 4721']), writes('b', ['exec sleep 4722']), join(['true'])]),
    );
    const { json } = await start(stack, group, alice.token);
    const sleeping = await Promise.all(
      ['4721', '4722'].map((time) => begun(() => processesWith(stack, time))),
    );
    expect(await stepsOf(stack.services, json.id)).toMatchObject([
      { state: 'running' },
      { state: 'running' },
    ]);
    const found = await findRun(stack.services, json.id);
    expect(found).toMatchObject({ vcpusHeld: 2 });
    expect(found.progress && progressText(found.progress)).toBe('steps 1 to 2 of 3 `a`, `b`');
    await cancelRun(stack.services, await findRun(stack.services, json.id));
    for (const processes of sleeping) await gone(processes);
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'CANCELED' });
  });

  it('are stopped when one of them fails, whose output is the message', async () => {
    const { ended, steps } = await run([
      writes('a', ['exec sleep 4723']),
      writes('b', ['echo reason >&2; exit 3']),
      join(['true']),
    ]);
    expect(ended).toMatchObject({
      state: 'ERROR',
      messages: ['reason\n', "step 'b' ended with exit code 3"],
    });
    expect(steps).toMatchObject([
      { name: 'a', state: 'running' },
      { name: 'b', state: 'failed', exitCode: 3 },
    ]);
    expect(await processesWith(stack, '4723')).toEqual([]);
  });

  it('fail the run if they left different content at a path, which the message names', async () => {
    const { ended } = await run([
      writes('a', ['echo a > a.txt', 'echo a > notes.txt']),
      writes('b', ['echo b > b.txt', 'echo b > notes.txt']),
      join(['cat notes.txt > all.txt']),
    ]);
    expect(ended).toMatchObject({ state: 'ERROR' });
    expect(ended.messages.join('\n')).toContain(
      "step 'join': steps 'a' and 'b' ran at the same time and left different content at 'notes.txt'",
    );
  });

  it('fail the run if one changed without a declaration what the other declares', async () => {
    const { ended } = await run([
      writes('a', ['echo a > a.txt', 'mkdir data', 'echo a > data/x.txt']),
      writes('b', ['echo b > b.txt'], ['data/']),
      join(['cat a.txt > all.txt']),
    ]);
    expect(ended.messages.join('\n')).toContain("'a' changed 'data/x.txt', which 'b' declares");
  });
});
