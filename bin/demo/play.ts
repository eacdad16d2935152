import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack } from '../../infra/local/stack.ts';
import { createLiveLines } from '../terminal/live-lines.ts';
import { tellStory } from './story.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/hello-world', import.meta.url));
const say = (line = '') => console.log(line);

/**
 * Runs a whole benchmark on its own stack, which is removed afterwards.
 *
 * @returns the exit code
 */
export async function play(): Promise<number> {
  const since = Date.now();
  const seconds = () => `${((Date.now() - since) / 1000).toFixed(1)} seconds`;
  const live = createLiveLines(process.stdout);
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-demo-'));
  const faults: string[] = [];
  const starting = startStack({
    dataDir,
    env: { FLOWSERV_API_PORT: '0', FLOWSERV_RUNNER: process.env.FLOWSERV_RUNNER },
    // A container engine would have to pull its images first.
    runners: ['sandbox', 'process'],
    onFault: (line) => faults.push(line),
  });
  const cleanUp = once(async () => {
    await (await starting.catch(() => undefined))?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const interrupted = stopOnSignal(cleanUp);
  try {
    say('flowServ demo: a whole benchmark on this machine.');
    say();
    const stack = await starting;
    say(`The local stack started after ${seconds()}. Steps run in ${stack.runner.description}.`);
    await tellStory(stack, EXAMPLE, { say, live });
    await cleanUp();
    say();
    say(`Done in ${seconds()}; nothing is left behind. Now try it yourself:`);
    say('  npm start                                              the server, in another terminal');
    say('  npx flowserv workflows create examples/hello-world     the first command to it');
    return 0;
  } catch (error) {
    // Running requests fail when the stack stops.
    if (interrupted()) return cleanUp().then(() => 130);
    live.done();
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    for (const fault of faults) console.error(fault);
    await cleanUp();
    return 1;
  }
}

/**
 * Ctrl-C stops the stack and removes its folder; a second one ends the process immediately.
 *
 * @returns whether the stop began
 */
function stopOnSignal(cleanUp: () => Promise<void>): () => boolean {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    console.error('\nstopping …');
    await cleanUp();
    process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => stopping;
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
