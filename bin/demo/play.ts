import { fileURLToPath } from 'node:url';
import { TemporaryStackError, withTemporaryStack } from '../session/temporary-stack.ts';
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
  const options = {
    name: 'flowserv-demo-',
    env: { FLOWSERV_RUNNER: process.env.FLOWSERV_RUNNER },
    // A container engine would have to pull its images first.
    runners: ['sandbox', 'process'],
    onStop: () => console.error('\nstopping …'),
  } as const;
  say('flowServ demo: a whole benchmark on this machine.');
  say();
  try {
    await withTemporaryStack(options, async (stack) => {
      say(`The local stack started after ${seconds()}. Steps run in ${stack.runner.description}.`);
      await tellStory(stack, EXAMPLE, { say, live });
    });
  } catch (error) {
    if (!(error instanceof TemporaryStackError)) throw error;
    live.done();
    console.error(`\nThe demo failed: ${error.message}`);
    for (const fault of error.faults) console.error(fault);
    return 1;
  }
  say();
  say(`Done in ${seconds()}; nothing is left behind. Now try it yourself:`);
  say('  npm start                                              the server, in another terminal');
  say('  npx flowserv workflows create examples/hello-world     the first command to it');
  return 0;
}
