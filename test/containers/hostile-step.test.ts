import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { attackNextStep } from '../attacks/runners/shared-task.ts';
import { installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { engine, expectNothingLeft, oneStepIn, useEngineStack } from './engine-stack.ts';
import { images } from './images.ts';

const PROGRAM = fileURLToPath(new URL('hostile-step/hostile_step.py', import.meta.url));
const PRODUCT = fileURLToPath(new URL('../..', import.meta.url));
/** Text in the command line of the process that the step leaves behind. */
const DAEMON = `left-behind-${process.pid}`;
/** A little more than the limits of a task: 2,048 MiB and 2,048 processes. */
const [MEMORY_MIB, PROCESSES] = [2200, 2200];

/**
 * Podman's seccomp profile lets containers create namespaces, unlike those of Docker and Fargate. This gives a step
 * access to nothing else, but exposes more of the kernel to attacks.
 */
const PERMITTED = ['own-namespace'];

/** Time limit of a test: 2,000 Python processes take long on a busy host. */
const TIMEOUT_MS = 300_000;

const attacks = z.array(
  z.object({ name: z.string(), succeeded: z.boolean().nullable(), detail: z.string() }),
);

/** Processes of this host with a text in their arguments. */
const processesWith = (text: string): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(text);
      } catch {
        return false;
      }
    });

const succeeded = (attack: z.infer<typeof attacks>[number]): boolean =>
  attack.succeeded === true && !PERMITTED.includes(attack.name);

describe.skipIf(!engine)('a hostile step in a container', () => {
  const stack = useEngineStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  async function attack(...words: readonly string[]) {
    const command = `python3 code/hostile_step.py ${words.join(' ')} > report.json`;
    const template = oneStepIn(images.python, [command], { outputs: ['report.json'] });
    const workflow = await installTemplate(stack, template, {
      'code/hostile_step.py': readFileSync(PROGRAM, 'utf8'),
    });
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const handle = async () => (await stack.request('GET', `/runs/${json.id}`, { token: alice.token })).json;
    const state = async () => (await handle()).state;
    await expect.poll(state, { timeout: TIMEOUT_MS, interval: 500 }).not.toMatch(/PENDING|RUNNING/);
    return attacks.parse(JSON.parse(await resultText(stack, await handle(), 'report.json')));
  }

  it('has no access to the server, other tasks or the host', async () => {
    const services = Object.entries(stack.operator).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'));
    const addresses = new Set([stack.url, ...services.map(([, url]) => url)].map((url) => new URL(url).port));
    const found = await attack(
      ...['--data', stack.dataDir, '--product', PRODUCT, '--secret', '/etc/shadow'],
      ...['--server-pid', String(process.pid), '--destroy', '--read-only', '"$$FS_CTL"'],
      ...['--volume', '"$$FS_WORK"', '--volume', '"$$FS_LOG"', '--daemon', DAEMON],
      ...[...addresses].map((port) => `127.0.0.1:${port}`),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(succeeded)).toEqual([]);

    expect((await stack.request('GET', '')).status).toBe(200);
    await expectNothingLeft(stack);
    expect(processesWith(DAEMON)).toEqual([]);
  });

  it('changes nothing of the next step, not even in the same task', async () => {
    await attackNextStep(stack, { image: images.alpine, isolated: true });
  });

  it(
    'cannot exceed the memory and the processes of its task',
    async () => {
      const found = await attack('--memory-mib', String(MEMORY_MIB), '--processes', String(PROCESSES));
      expect(found.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['take-memory', 'fork-without-end']),
      );
      expect(found.filter(succeeded)).toEqual([]);
      expect((await stack.request('GET', '')).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});
