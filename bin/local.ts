import { resolve } from 'node:path';
import { startStack } from '../infra/local/stack/stack.ts';

/**
 * `npm start`: the API on this machine, with its data in a folder, until Ctrl-C. With `--isolate` each function
 * runs as the bundle that AWS gets, in processes of its own.
 */
const dataDir = resolve(process.env.FLOWSERV_API_DIR || '.flowserv');
const say = (line: string) => console.log(line);

try {
  const stack = await startStack({
    dataDir,
    env: process.env,
    onFault: (line) => console.error(line),
    ...(process.argv.includes('--isolate') ? { isolate: true } : {}),
  });
  say(`flowServ listens on ${stack.listensOn}`);
  say(`its data is in      ${dataDir}`);
  say(`the API is at       ${stack.url}/`);
  say('ready; stop with Ctrl-C');
  stopOnSignal(() => stack.close());
} catch (error) {
  console.error(`flowServ cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** The first signal stops cleanly, a second one at once. */
function stopOnSignal(close: () => Promise<void>): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    say('stopping …');
    await close();
    say('stopped');
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
