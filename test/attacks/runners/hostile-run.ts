import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { installTemplate, oneStep, resultText, start } from '../../end-to-end/install-template.ts';
import type { RunningStack } from '../../end-to-end/running-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../containers/hostile-step/hostile_step.py', import.meta.url));
const PRODUCT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** More than the limits of a step: 2 GiB, for one process or for the data of several, and 1,024 processes. */
const [MEMORY_MIB, PROCESSES] = [4_200, 1_100];

const attacks = z.array(
  z.object({ name: z.string(), succeeded: z.boolean().nullable(), detail: z.string() }),
);

/** Options to exceed the limits of a step. They need a separate run, because it takes long on a busy host. */
export const TAKE_ALL = ['--memory-mib', String(MEMORY_MIB), '--processes', String(PROCESSES)];

/**
 * Runs the hostile step in a stack. The step also attacks the readers of its outputs and logs with links, FIFOs and
 * closed folders.
 *
 * @param daemon text in the command line of the process that the step leaves behind
 * @param more options of the hostile step; use `--destroy` only if all attacks are expected to fail
 * @returns the handle of the run, with the names of the attacks that succeeded
 */
export async function attack(stack: RunningStack, daemon: string, more: readonly string[] = []) {
  const mallory = await stack.user(`mallory-${daemon}`);
  const services = Object.entries(stack.operator).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'));
  const ports = new Set([stack.url, ...services.map(([, url]) => url)].map((url) => new URL(url).port));
  const words = [
    ...['--data', stack.dataDir, '--product', PRODUCT, '--secret', '/etc/shadow'],
    ...['--server-pid', String(process.pid), '--read-only', '"$$FS_CTL"', '--daemon', daemon],
    ...more,
    ...['--volume', '"$$FS_WORK"', '--volume', '"$$FS_LOG"', '--disk-mib', '64'],
    ...[...ports].map((port) => `127.0.0.1:${port}`),
  ];
  const commands = [
    // Folders of declared outputs already exist.
    'rmdir -p trap-closed/inner trap-folder-link',
    `python3 code/hostile_step.py ${words.join(' ')} > report.json`,
    `rm "$$FS_LOG/1.err"; ln -s ${stack.dataDir}/keys.json "$$FS_LOG/1.err"; chmod 000 .`,
  ];
  const traps = [
    'trap-link',
    'trap-folder-link/keys.json',
    'trap-fifo',
    'trap-socket',
    'trap-closed/inner/file',
  ];
  const outputs = ['report.json', ...traps];
  const files = { 'code/hostile_step.py': readFileSync(PROGRAM, 'utf8') };
  const workflow = await installTemplate(stack, oneStep(commands, '', outputs), files);
  const group = await stack.group(workflow, mallory.token, 'Group');
  const { json } = await start(stack, group, mallory.token);
  const run = await stack.ended(json.id, mallory.token);
  expect(run).toMatchObject({ state: 'SUCCESS' });
  const report = attacks.parse(JSON.parse(await resultText(stack, run, 'report.json')));
  return { run, succeeded: report.filter(({ succeeded }) => succeeded).map(({ name }) => name), ports };
}

/** Returns the numbers of processes with a text in their arguments. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(text);
      } catch {
        return false;
      }
    });
