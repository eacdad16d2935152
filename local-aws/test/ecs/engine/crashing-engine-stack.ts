/** A stack with an engine, in its own process, which the recovery test kills. It prints the ARN of a running task. */
import { createEngineRunner, findEngine } from '../../../index.ts';
import { fileText, run, shell, startStack, taskPath } from '../stack.ts';
import { IMAGE, isolationOf } from './podman.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder of the stack is missing');
const engine = await findEngine({ env: process.env, dataDir: folder });
const workRoot = `${folder}/work`;
const runner = createEngineRunner({ engine, workRoot, isolationOf, pull: 'missing', onProgress: () => {} });
const stack = await startStack({ folder, runner });
const more = { image: IMAGE, linuxParameters: { initProcessEnabled: true } };
const task = await run(stack, [
  shell('main', 'echo > ready; sleep 300', more),
  shell('step', 'mkdir mine; touch mine/file; chmod 0 mine; exit 6', { ...more, essential: false }),
]);
await fileText(taskPath(stack, task, 'volumes', 'work', 'ready'));
process.stdout.write(`${JSON.stringify({ taskArn: task.taskArn })}\n`);
