import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { installTemplate, oneStep, resultText, start } from '../../end-to-end/install-template.ts';
import type { RunningStack } from '../../end-to-end/running-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../containers/hostile-step/hostile_step.py', import.meta.url));
const PRODUCT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** More than a step has: 2 GiB, as one process or as data of several, and 1,024 processes. */
const [MEMORY_MIB, PROCESSES] = [4_200, 1_100];

const attacks = z.array(
  z.object({ name: z.string(), succeeded: z.boolean().nullable(), detail: z.string() }),
);

/** Takes more than a step has. A run of its own, as it takes much time on a machine that is busy. */
export const TAKE_ALL = ['--memory-mib', String(MEMORY_MIB), '--processes', String(PROCESSES)];

/**
 * Runs the hostile step in a stack, which its own files are used against as well: links, FIFOs, closed folders where
 * outputs and logs are read.
 *
 * @param daemon text in the command line of the process that it leaves behind
 * @param more options of the hostile step; `--destroy` only where all is expected to be stopped
 * @returns the handle of the run, with the names of the attacks that have succeeded
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
    // Folders of declared outputs are there already.
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

/** Numbers of processes with a text among their arguments. */
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
