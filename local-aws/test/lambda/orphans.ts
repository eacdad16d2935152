/** Starts a function's process, tells its number, and waits to be killed: what becomes of the process then? */
import { createChildProcessFunctions } from '../../lambda/child-process.ts';

const host = createChildProcessFunctions({
  functions: {
    probe: { file: process.argv[2] ?? '', timeoutSeconds: 60, memoryMb: 128, environment: {} },
  },
  region: 'eu-west-1',
  accountId: '123456789012',
});
process.stdout.write(`${JSON.stringify(await host.invoke('probe', { action: 'process' }))}\n`);
