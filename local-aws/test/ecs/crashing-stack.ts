/**
 * A stack in its own process, which the recovery test kills. It starts a task with a child, a process that left the
 * group and a container that waits, and prints its ARN and the process ids.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { container, describeTask, fileText, run, shell, startStack, taskPath } from './stack.ts';

const SCRIPT = `
  trap '' TERM
  sleep 300 & echo $! > "$APP_WORK/child"
  setsid sh -c 'echo $$ > "$APP_WORK/daemon"; exec sleep 300' &
  echo $$ > "$APP_WORK/leader"
  while :; do sleep 0.1; done
`;

const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder of the stack is missing');
const stack = await startStack({ folder });
const task = await run(stack, [
  shell('main', SCRIPT),
  // Ends with the process that started it, so that only its child is left for recovery.
  shell('orphaning', 'sleep 300 & echo $! > "$APP_WORK/orphan"; while kill -0 $PPID; do sleep 0.02; done', {
    essential: false,
  }),
  shell('waiting', 'exit 0', {
    essential: false,
    dependsOn: [{ containerName: 'orphaning', condition: 'COMPLETE' }],
  }),
  shell('ended', 'exit 6', { essential: false }),
]);
const names = ['child', 'daemon', 'leader', 'orphan'];
const pids = await Promise.all(names.map((name) => fileText(taskPath(stack, task, 'volumes', 'work', name))));
while (container(await describeTask(stack, task.taskArn ?? ''), 'ended').lastStatus !== 'STOPPED')
  await pause(20);
process.stdout.write(`${JSON.stringify({ taskArn: task.taskArn, pids: pids.map(Number) })}\n`);
