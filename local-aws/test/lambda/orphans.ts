/** Starts a function's process, prints its id, and waits to be killed. The test checks that the process ends too. */
import { createChildProcessFunctions } from '../../lambda/child-process.ts';

const host = createChildProcessFunctions({
  functions: {
    probe: { file: process.argv[2] ?? '', timeoutSeconds: 60, memoryMb: 128, environment: {} },
  },
  region: 'eu-west-1',
  accountId: '123456789012',
});
process.stdout.write(`${JSON.stringify(await host.invoke('probe', { action: 'process' }))}\n`);
