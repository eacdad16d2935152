import { type Stack, startStack } from '../../infra/local/stack.ts';
import type { CallCounts, FromServer, ToServer } from './server-protocol.ts';

/**
 * The measured server, in its own process:
 * `server-process.ts <data folder> <isolated|together> <settings as JSON>`.
 * It counts the calls of services, as `caller service operation`.
 */
const [dataDir = '', mode, settings = '{}'] = process.argv.slice(2);
const bundlesDir = process.env.FLOWSERV_BUNDLES_DIR;
let counts: CallCounts = {};

const report = (message: FromServer) => void process.send?.(message);

const stack: Stack = await startStack({
  dataDir,
  env: { FLOWSERV_API_PORT: '0', ...JSON.parse(settings) },
  isolate: mode === 'isolated',
  ...(bundlesDir ? { bundlesDir } : {}),
  onFault: (line) => process.stderr.write(`${line}\n`),
  onCall({ caller, service, operation }) {
    const name = `${caller} ${service} ${operation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  },
});

process.on('message', async (message: ToServer) => {
  if (message === 'calls') {
    report({ kind: 'calls', counts });
    counts = {};
    return;
  }
  await stack.close();
  process.exit(0);
});
// Without the bench the server is not needed.
process.on('disconnect', () => process.exit(1));

report({ kind: 'ready', url: stack.url, operator: stack.operator });
