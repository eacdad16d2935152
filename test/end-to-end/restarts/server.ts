/**
 * Runs the whole stack in a separate process, which the restart tests kill: `server.ts <data folder> <port> <file>`.
 * After an order, it appends the name of each service call to the file, and kills itself during one of them.
 */
import { appendFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { StackCall } from '../../../infra/local/calls.ts';
import { startStack } from '../../../infra/local/stack.ts';
import { stepRunner } from '../../step-runner.ts';

/** The number of the call at which the server kills itself, counted from the order on; 0 for none. */
export interface Order {
  readonly fatalCall: number;
  /** Whether the response is still sent. */
  readonly responds: boolean;
}

const [dataDir = '', port = '', callsFile = ''] = process.argv.slice(2);
/** Callers of the test's own requests: its polling, and the operator's keys. */
const ASKED_BY_THE_TEST = ['api', 'auth', 'operator'];
const die = () => process.kill(process.pid, 'SIGKILL');

let order: Order | undefined;
let calls = 0;

function count({ caller, service, operation, error }: StackCall): void {
  if (!order || ASKED_BY_THE_TEST.includes(caller)) return;
  calls += 1;
  appendFileSync(callsFile, `${caller} ${service}:${operation}${error ? ` (${error})` : ''}\n`);
  if (calls !== order.fatalCall) return;
  // The observer is called before the response is written; one turn of the event loop later it is sent.
  if (order.responds) setImmediate(die);
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
// A killed process does not write its compile cache.
flushCompileCache();
process.send?.('ready');
