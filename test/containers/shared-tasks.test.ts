import { beforeAll, describe, expect, it } from 'vitest';
import { resultText } from '../end-to-end/install-template.ts';
import { stepsOf } from '../end-to-end/played-run.ts';
import { containersOf, engine, expectNothingLeft, participant, useEngineStack } from './engine-stack.ts';
import { images } from './images.ts';
import { begun } from './work-file.ts';

/** Three steps that one task runs, each in a container of its own. */
describe.skipIf(!engine)('three steps in the containers of one task', () => {
  const stack = useEngineStack();
  let alice: Awaited<ReturnType<typeof participant>>;
  beforeAll(async () => {
    alice = await participant(stack, 'alice');
  });

  const template = (commands: readonly string[], image: string = images.alpine) => `workflow:
  files: {outputs: [out.txt]}
  steps:
${commands
  .map((command, index) => {
    const action = JSON.stringify({ environment: image, commands: [command] });
    return `    - {name: step ${index}, action: ${action}}\n`;
  })
  .join('')}`;

  const records = async (runId: string) => {
    const steps = await stepsOf(stack.services, runId);
    const tasks = steps.map(({ taskArn }) => taskArn);
    return steps.map(({ state, attempt, exitCode, taskArn }) => ({
      ...{ state, attempt, exitCode },
      task: tasks.indexOf(taskArn),
    }));
  };
  const success = (attempt: number, task: number) => ({ state: 'success', attempt, exitCode: 0, task });

  const inSecondStep = () => begun(stack.dataDir, 'begun', 'work1');

  it.each([images.alpine, images.userByNumber])('get the files of the step before: %s', async (image) => {
    const commands = ['echo one > out.txt', 'echo two >> out.txt', 'echo three >> out.txt'];
    const run = await alice.run(template(commands, image));
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'out.txt')).toBe('one\ntwo\nthree\n');
    expect(await records(run.id)).toEqual([success(1, 0), success(1, 0), success(1, 0)]);
  });

  it('end with the one that failed', async () => {
    const run = await alice.run(template(['echo first', 'echo second >&2; exit 3', 'echo third']));
    expect(run).toMatchObject({
      state: 'ERROR',
      messages: ['first\n', 'second\n', "step 'step 1' ended with exit code 3"],
    });
    const failed = { state: 'failed', attempt: 1, exitCode: 3, task: 0 };
    expect(await records(run.id)).toEqual([success(1, 0), failed]);
  });

  it('are canceled in the second', async () => {
    const id = await alice.begin(template(['true', 'echo 1 > begun; sleep 600', 'true']));
    await inSecondStep();
    const { json } = await stack.request('PUT', `/runs/${id}`, {
      token: alice.token,
      body: { reason: 'enough' },
    });
    expect(json).toMatchObject({ state: 'CANCELED', messages: ['enough'] });
    await expectNothingLeft(stack);
  });

  it('are repeated from the second, if its task is lost', async () => {
    const id = await alice.begin(
      template(['echo one > out.txt', 'echo 1 > begun; sleep 4; cat out.txt', 'true']),
    );
    await inSecondStep();
    const found = await containersOf(stack.dataDir);
    process.kill(found.find(({ name }) => name.endsWith('-warden'))?.pid ?? 0, 'SIGKILL');
    expect(await stack.ended(id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    expect(await records(id)).toEqual([success(1, 0), success(2, 1), success(1, 1)]);
  });
});
