/**
 * A runner in its own process with one task in a sandbox: `sandboxed-task.ts FOLDER KIND SCRIPT`. Prints the exit code
 * of the script once the task is removed. The tests kill it before that, or run it as another user.
 */
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { findSandbox } from '../../ecs/sandbox/sandbox.ts';
import { unshare } from '../../ecs/sandbox/unshare.ts';
import { containerLaunch, taskLaunch } from './launch.ts';

const [folder = '', kind = '', script = ''] = process.argv.slice(2);
const found = await findSandbox();
const sandbox = kind === 'unshare' ? { ...found, kind: 'unshare' as const, command: unshare() } : found;
const runner = createProcessRunner({
  workRoot: folder,
  isolation: { sandbox, isolationOf: () => ({ network: false }) },
});
// A running container does not keep this process alive.
const alive = setInterval(() => {}, 1_000);
const opened = await runner.openTask(taskLaunch({ volumes: ['work'] }));
const running = await opened.start(
  containerLaunch({
    command: ['/bin/sh', '-c', script],
    workingDirectory: '/work',
    mounts: [{ volume: 'work', containerPath: '/work', readOnly: false }],
  }),
);
const exitCode = await running.exited;
await opened.remove();
await runner.close();
clearInterval(alive);
process.stdout.write(`${exitCode}\n`);
