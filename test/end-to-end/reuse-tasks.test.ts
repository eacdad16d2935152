import { beforeAll, describe, expect, it } from 'vitest';
import { DIGEST, drive, drivenRun } from './driven-run.ts';
import { installTemplate, resultText, SCORES } from './install-template.ts';
import { admittedRun, stepsOf } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** Steps with `cache: true` beside others, whose tasks the stack executes. */
const stack = useStack({ check: 'consistency' });

const IMAGE = `python@${DIGEST}`;
let alice: { id: string; token: string };
beforeAll(async () => {
  alice = await stack.user('alice');
});

const newGroup = (workflow: string) => stack.group(workflow, alice.token, 'Group');
const handleOf = async (id: string) =>
  (await stack.request('GET', `/runs/${id}`, { token: alice.token })).json;

describe('a step between steps that share tasks', () => {
  it('is executed in a task of its own, and then taken: the tasks around it stay the same', async () => {
    const step = (name: string, command: string, more = '') =>
      `    - {name: ${name}, ${more}action: {environment: '${IMAGE}', commands: ['${command}']}}\n`;
    const shared = await installTemplate(
      stack,
      `workflow:
  files: {outputs: [all.txt]}
  steps:
${step('a', 'echo a > a.txt')}${step('b', 'echo b > b.txt')}${step('c', 'date +%s%N > c.txt', 'cache: true, ')}\
${step('d', 'cat a.txt b.txt > d.txt')}${step('e', 'cat d.txt c.txt > all.txt')}`,
    );
    const group = await newGroup(shared);
    const runs: string[] = [];
    for (const executed of [
      [0, 2, 3],
      [0, 3],
    ]) {
      const id = await admittedRun(stack, group);
      expect(await drive(stack, id, { stepsOfTask: 8 })).toEqual(executed);
      runs.push(id);
    }
    const [first, second] = await Promise.all(runs.map(handleOf));
    expect(second).toMatchObject({ state: 'SUCCESS', reuse: [{ step: 'c', runId: first.id }] });
    const text = await resultText(stack, second, 'all.txt');
    expect(text).toMatch(/^a\nb\n\d+\n$/);
    expect(text).toBe(await resultText(stack, first, 'all.txt'));
    const steps = await stepsOf(stack.services, second.id);
    expect(steps.map(({ following = [] }) => following)).toEqual([[1], [], [], [4], []]);
    expect(steps.map(({ state }) => state)).toEqual(Array.from(steps, () => 'success'));
  });
});

describe('the result of a code step', () => {
  it('is taken, and is part of what a later step sees', async () => {
    const coded = await installTemplate(
      stack,
      `workflow:
  files: {outputs: [result.json]}
  steps:
    - {name: count, cache: true, action: {func: code.count.now, environment: '${IMAGE}', arg: number}}
    - {name: report, cache: true, action: {environment: '${IMAGE}', commands: ['echo "{\\"score\\": "\${number}"}" > result.json']}}
${SCORES}`,
      { 'code/count.py': 'import time\ndef now():\n    return time.time_ns() % 1000000\n' },
    );
    const group = await newGroup(coded);
    const first = await drivenRun(stack, group);
    const second = await drivenRun(stack, group);
    expect([first.executed, second.executed]).toEqual([[0, 1], []]);
    const [one, two] = [await handleOf(first.id), await handleOf(second.id)];
    expect(await resultText(stack, two, 'result.json')).toBe(await resultText(stack, one, 'result.json'));
  });
});
