/**
 * The whole stack in a process of its own, which the restart tests kill: `server.ts <data folder> <port> <file>`.
 * Once told to, it appends the name of each service call to the file, and kills itself in the midst of one.
 */
import { appendFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { StackCall } from '../../../infra/local/calls.ts';
import { startStack } from '../../../infra/local/stack.ts';
import { stepRunner } from '../../step-runner.ts';

/** Which call the server does not survive, counted from the order on; none when it is 0. */
export interface Order {
  readonly fatalCall: number;
  /** Whether its answer still leaves. */
  readonly answered: boolean;
}

const [dataDir = '', port = '', callsFile = ''] = process.argv.slice(2);
/** What the test itself asks for goes through these: by its polling, or by the operator's keys. */
const ASKED_BY_THE_TEST = ['api', 'auth', 'operator'];
const die = () => process.kill(process.pid, 'SIGKILL');

let order: Order | undefined;
let calls = 0;

function count({ caller, service, operation, refusal }: StackCall): void {
  if (!order || ASKED_BY_THE_TEST.includes(caller)) return;
  calls += 1;
  appendFileSync(callsFile, `${caller} ${service}:${operation}${refusal ? ` (${refusal})` : ''}\n`);
  if (calls !== order.fatalCall) return;
  // The observer is told before the answer is written; a turn of the event loop later it has left.
  if (order.answered) setImmediate(die);
  else die();
}

const bundlesDir = process.env.FLOWSERV_BUNDLES_DIR;
const stack = await startStack({
  dataDir,
  env: { FLOWSERV_API_PORT: port, ...stepRunner },
  isolate: true,
  ...(bundlesDir ? { bundlesDir } : {}),
  onFault: (line) => process.stderr.write(`${line}\n`),
  onCall: count,
});
const stop = async () => {
  await stack.close();
  process.exit(0);
};
process.on('message', (given: Order) => {
  order = given;
  calls = 0;
});
process.on('SIGTERM', stop);
process.on('disconnect', stop);
// A killed process writes no compile cache when it ends.
flushCompileCache();
process.send?.('ready');
