import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it, onTestFinished } from 'vitest';
import {
  clientOf,
  createStateMachine,
  historyOf,
  KEYS,
  lambda,
  runTask,
  temporaryFolder,
} from './running-service.ts';

const EXECUTIONS = 20;
const STEPS = 6;
const KILLS = 6;

/** Starts the service in a child process. */
async function startProcess(dataDir: string) {
  const program = join(import.meta.dirname, 'killed-process.ts');
  const child = spawn(process.execPath, [program, dataDir, KEYS.accessKeyId, KEYS.secretAccessKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const [endpoint] = await once(createInterface(child.stdout), 'line');
  return { client: clientOf(String(endpoint)), kill };
}

/** Counts to STEPS, with a function, a task and a wait of 0 s in each turn. */
const COUNTING = {
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'Ask' },
    Ask: lambda({
      Arguments: { FunctionName: 'next', Payload: { n: '{% $n %}' } },
      Assign: { n: '{% $states.result.Payload.n + 1 %}' },
      Output: '{% $states.input %}',
      Next: 'Run',
    }),
    Run: runTask({ Output: '{% $states.input %}', Next: 'Rest' }),
    Rest: { Type: 'Wait', Seconds: 0, Next: 'Again?' },
    'Again?': {
      Type: 'Choice',
      Choices: [{ Condition: `{% $n < ${STEPS} %}`, Next: 'Ask' }],
      Default: 'End',
    },
    End: { Type: 'Succeed', Output: { n: '{% $n %}' } },
  },
};

it('every execution continues after SIGKILL at any moment, without lost steps or duplicate tasks', async () => {
  const dataDir = await temporaryFolder();
  let service = await startProcess(dataDir);
  const stateMachineArn = await createStateMachine(service.client, COUNTING);
  const input = JSON.stringify({ taskDefinition: 'td' });
  const names = Array.from({ length: EXECUTIONS }, (_, index) => `run-${index}`);
  await Promise.all(
    names.map((name) => service.client.send(new StartExecutionCommand({ stateMachineArn, name, input }))),
  );

  const startedTasks = async () => (await readdir(join(dataDir, 'tasks'))).length;
  for (let round = 1; round <= KILLS; round += 1) {
    // Kills by progress, so that work is running at each kill: the last one at three quarters of all tasks.
    const enough = (round * EXECUTIONS * STEPS) / (KILLS + 2);
    while ((await startedTasks()) < enough) await pause(Math.random() * 3);
    await service.kill();
    service = await startProcess(dataDir);
  }
  const running = () =>
    service.client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  while ((await running()).executions?.length !== 0) await pause(20);

  const { executions = [] } = await service.client.send(new ListExecutionsCommand({ stateMachineArn }));
  expect(executions).toHaveLength(EXECUTIONS);
  for (const { executionArn } of executions) {
    const { status, output } = await service.client.send(new DescribeExecutionCommand({ executionArn }));
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: JSON.stringify({ n: STEPS }) });
    const events = await historyOf(service.client, executionArn);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ type }) => type === 'TaskSubmitted')).toHaveLength(STEPS);
  }
  expect(await startedTasks()).toBe(EXECUTIONS * STEPS);
});
