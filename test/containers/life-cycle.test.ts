import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { TASKS_FOLDER } from '../../infra/local/names.ts';
import { installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { engine, expectNothingLeft, oneStepIn, participant, useEngineStack } from './engine-stack.ts';
import { images } from './images.ts';
import { begun, workFile } from './work-file.ts';

const MANY = 20;
/** Time limit for sixty containers on a host that may be busy. */
const MANY_TIMEOUT_MS = 300_000;

describe.skipIf(!engine)('a run in containers', () => {
  const stack = useEngineStack();
  let alice: Awaited<ReturnType<typeof participant>>;
  beforeAll(async () => {
    alice = await participant(stack, 'alice');
  });

  const expectServed = async () => {
    expect((await stack.request('GET', '')).status).toBe(200);
    expect(await alice.run(oneStepIn(images.alpine, ['true']))).toMatchObject({ state: 'SUCCESS' });
  };

  it('can be canceled, and its program receives SIGTERM and has time to save its state', async () => {
    const saves = 'echo asked >> state.txt; sleep 1; echo saved >> state.txt; sleep 2; exit 0';
    const id = await alice.begin(
      oneStepIn(images.alpine, [`trap '${saves}' TERM; echo begun > state.txt; sleep 600 & wait`]),
    );
    await begun(stack.dataDir, 'state.txt');
    const { json } = await stack.request('PUT', `/runs/${id}`, {
      token: alice.token,
      body: { reason: 'enough' },
    });
    expect(json).toMatchObject({ state: 'CANCELED', messages: ['enough'] });
    const state = () => workFile(stack.dataDir, 'state.txt').text();
    await expect.poll(state, { timeout: 20_000 }).toBe('begun\nasked\nsaved\n');
    await expectNothingLeft(stack);
  });

  it('fails when a step uses more memory than its task has', async () => {
    const run = await alice.run(oneStepIn(images.python, [`python3 -c 'print(len(b"x" * (3 << 30)))'`]));
    expect(run).toMatchObject({
      state: 'ERROR',
      messages: expect.arrayContaining([expect.stringMatching(/Killed|137/)]),
    });
    await expectServed();
  });

  it('fails when a step fills the disk, which has free space again afterwards', async () => {
    await expectNothingLeft(stack);
    const tasks = join(stack.dataDir, TASKS_FOLDER);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', tasks]);
    try {
      const run = await alice.run(oneStepIn(images.alpine, ['head -c 100000000 /dev/zero > large']));
      expect(run).toMatchObject({ state: 'ERROR', messages: [expect.stringMatching(/no space left/i)] });
      await expectServed();
      await expectNothingLeft(stack);
    } finally {
      execFileSync('umount', ['--lazy', tasks]);
    }
  });

  it(
    'completes among many runs at the same time',
    async () => {
      const template = oneStepIn(images.alpine, ['echo "$[[number]]" > out.txt'], {
        outputs: ['out.txt'],
        more: 'parameters:\n  - {name: number, dtype: int}\n',
      });
      const group = await stack.group(await installTemplate(stack, template), alice.token, 'Many');
      const numbers = Array.from({ length: MANY }, (_, number) => number);
      const started = await Promise.all(
        numbers.map((number) => start(stack, group, alice.token, { number })),
      );
      const states = async () => {
        const { json } = await stack.request('GET', `/groups/${group}/runs`, { token: alice.token });
        return json.runs.map(({ state }: { state: string }) => state);
      };
      await expect
        .poll(states, { timeout: MANY_TIMEOUT_MS, interval: 500 })
        .toEqual(numbers.map(() => 'SUCCESS'));
      const texts = await Promise.all(
        started.map(async ({ json }) =>
          resultText(stack, await stack.ended(json.id, alice.token), 'out.txt'),
        ),
      );
      expect(texts).toEqual(numbers.map((number) => `${number}\n`));
    },
    MANY_TIMEOUT_MS,
  );
});
