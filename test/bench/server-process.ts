import { type Stack, startStack } from '../../infra/local/stack.ts';
import type { CallCounts, FromServer, ToServer } from './server-protocol.ts';

/**
 * The server that is measured, in a process of its own:
 * `server-process.ts <data folder> <isolated|together> <settings as JSON>`.
 * It counts the calls of services, as `caller service operation`.
 */
const [dataDir = '', mode, settings = '{}'] = process.argv.slice(2);
let counts: CallCounts = {};

const tell = (message: FromServer) => void process.send?.(message);

const stack: Stack = await startStack({
  dataDir,
  env: { FLOWSERV_API_PORT: '0', ...JSON.parse(settings) },
  isolate: mode === 'isolated',
  onFault: (line) => process.stderr.write(`${line}\n`),
  onCall({ caller, service, operation }) {
    const name = `${caller} ${service} ${operation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  },
});

process.on('message', async (message: ToServer) => {
  if (message === 'calls') {
    tell({ kind: 'calls', counts });
    counts = {};
    return;
  }
  await stack.close();
  process.exit(0);
});
// The bench is gone: so is the need for a server.
process.on('disconnect', () => process.exit(1));

tell({ kind: 'ready', url: stack.url, operator: stack.operator });
