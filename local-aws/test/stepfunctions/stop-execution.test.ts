import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import {
  createStateMachine,
  gate,
  historyOf,
  lambda,
  runTask,
  startService,
  typesOf,
} from './running-service.ts';

describe('StopExecution', () => {
  it('stops an execution, cancels its running call, and succeeds again for a stopped execution', async () => {
    const { promise: called, resolve: call } = gate();
    const aborted: boolean[] = [];
    const service = await startService({
      invokeFunction: (_name, _payload, signal) => {
        call();
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.aborted);
            reject(new Error('aborted'));
          });
        });
      },
    });
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Ask',
      States: {
        Ask: lambda({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End' }], Next: 'End' }),
        End: { Type: 'Succeed' },
      },
    });
    const { executionArn } = await service.client.send(new StartExecutionCommand({ stateMachineArn }));
    await called;

    const stopped = await service.client.send(
      new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: 'by the user' }),
    );
    const again = await service.client.send(new StopExecutionCommand({ executionArn }));
    const execution = await service.finished(executionArn);

    expect(aborted).toEqual([true]);
    expect(execution).toMatchObject({
      status: 'ABORTED',
      error: 'Cancelled',
      cause: 'by the user',
      stopDate: stopped.stopDate,
    });
    expect(again.stopDate).toEqual(stopped.stopDate);
    expect(typesOf(await historyOf(service.client, executionArn)).slice(-2)).toEqual([
      'TaskStarted',
      'ExecutionAborted',
    ]);
  });

  it('stops the ECS task of a stopped execution', async () => {
    const { promise: waitedFor, resolve: wait } = gate();
    const stopped: string[] = [];
    const service = await startService({
      startTask: async () => ({ taskArn: 'task-1' }),
      waitForTask: () => {
        wait();
        return new Promise(() => {});
      },
      stopTask: async (taskArn) => void stopped.push(taskArn),
    });
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Run',
      States: { Run: runTask({ End: true }) },
    });
    const { executionArn } = await service.client.send(
      new StartExecutionCommand({ stateMachineArn, input: '{"taskDefinition":"td"}' }),
    );
    await waitedFor;

    await service.client.send(new StopExecutionCommand({ executionArn }));

    expect(stopped).toEqual(['task-1']);
    expect((await service.finished(executionArn)).status).toBe('ABORTED');
  });

  it('stops a task that ECS accepts only after the execution was stopped', async () => {
    const { promise: asked, resolve: ask } = gate();
    const { promise: accepted, resolve: accept } = gate();
    const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
    const service = await startService({
      startTask: async () => {
        ask();
        await accepted;
        return { taskArn: 'late' };
      },
      stopTask: async (taskArn) => stop(taskArn),
    });
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Run',
      States: { Run: runTask({ End: true }) },
    });
    const { executionArn } = await service.client.send(
      new StartExecutionCommand({ stateMachineArn, input: '{"taskDefinition":"td"}' }),
    );
    await asked;

    await service.client.send(new StopExecutionCommand({ executionArn }));
    accept();

    expect(await stopped).toBe('late');
  });
});
