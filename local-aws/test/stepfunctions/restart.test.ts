import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { Integrations } from '../../stepfunctions/integrations.ts';
import {
  createStateMachine,
  functionError,
  gate,
  historyOf,
  lambda,
  type RunningService,
  runTask,
  startService,
  typesOf,
} from './running-service.ts';

const NEVER = new Promise<never>(() => {});
const INPUT = { taskDefinition: 'td', n: 1 };
const TEN_MINUTES = 600_000;

async function begin(service: RunningService, definition: object) {
  const stateMachineArn = await createStateMachine(service.client, definition);
  const started = await service.client.send(
    new StartExecutionCommand({ stateMachineArn, name: 'run', input: JSON.stringify(INPUT) }),
  );
  return started.executionArn ?? '';
}

/** Closes the service and starts another one on its folder, with the clock moved forward by `later`. */
async function restart(service: RunningService, parts: Partial<Integrations>, later = 0) {
  await service.close();
  const next = await startService(parts, { dataDir: service.dataDir, now: () => Date.now() + later });
  next.resume();
  return next;
}

/** A state machine that keeps a variable across its first state. */
const stateMachine = (first: object, more: object = {}) => ({
  StartAt: 'Keep',
  States: {
    Keep: { Type: 'Pass', Assign: { kept: '{% $states.input.n + 41 %}' }, Next: 'First' },
    First: { ...first, Next: 'End' },
    End: { Type: 'Succeed', Output: { kept: '{% $kept %}', input: '{% $states.input %}' } },
  },
  ...more,
});

describe('a restart', () => {
  it('in a Wait state keeps the absolute end time', async () => {
    const service = await startService();
    const arn = await begin(service, stateMachine({ Type: 'Wait', Seconds: 600 }));

    const next = await restart(service, {}, TEN_MINUTES);
    const execution = await next.finished(arn);

    expect(JSON.parse(execution.output ?? '')).toEqual({ kept: 42, input: INPUT });
    expect(
      typesOf(await historyOf(next.client, arn)).filter((type) => type === 'WaitStateEntered'),
    ).toHaveLength(1);
  });

  it('during an invocation repeats it with the same payload, and one attempt is in the history', async () => {
    const { promise: called, resolve: call } = gate();
    const payloads: unknown[] = [];
    const service = await startService({
      invokeFunction: (_name, payload) => {
        payloads.push(payload);
        call();
        return NEVER;
      },
    });
    const arn = await begin(service, stateMachine(lambda({ Output: '{% $states.result.Payload %}' })));
    await called;

    const next = await restart(service, {
      invokeFunction: async (_name, payload) => {
        payloads.push(payload);
        return { done: true };
      },
    });
    const execution = await next.finished(arn);

    expect(JSON.parse(execution.output ?? '')).toEqual({ kept: 42, input: { done: true } });
    expect(payloads).toEqual([{ input: INPUT }, { input: INPUT }]);
    expect(
      typesOf(await historyOf(next.client, arn)).filter((type) => type === 'TaskScheduled'),
    ).toHaveLength(1);
    expect([...service.events, ...next.events].map(({ detail }) => detail.status)).toEqual([
      'RUNNING',
      'SUCCEEDED',
    ]);
  });

  it('during a task waits for the task again, and starts no second one', async () => {
    const { promise: waitedFor, resolve: wait } = gate();
    const service = await startService({
      startTask: async () => ({ taskArn: 'task-1' }),
      waitForTask: () => {
        wait();
        return NEVER;
      },
    });
    const arn = await begin(
      service,
      stateMachine(runTask({ Output: { task: '{% $states.result.TaskArn %}' } })),
    );
    await waitedFor;

    const next = await restart(service, {
      waitForTask: async (taskArn) => ({ TaskArn: taskArn, Containers: [] }),
    });
    const execution = await next.finished(arn);

    expect(JSON.parse(execution.output ?? '')).toEqual({ kept: 42, input: { task: 'task-1' } });
  });

  it('before RunTask responded starts the same task again with the same token', async () => {
    const { promise: asked, resolve: ask } = gate();
    const tokens: string[] = [];
    const service = await startService({
      startTask: (_arguments, token) => {
        tokens.push(token);
        ask();
        return NEVER;
      },
    });
    const arn = await begin(service, stateMachine(runTask({})));
    await asked;

    const next = await restart(service, {
      startTask: async (_arguments, token) => {
        tokens.push(token);
        return { taskArn: 'task' };
      },
      waitForTask: async () => ({ Containers: [] }),
    });

    expect((await next.finished(arn)).status).toBe('SUCCEEDED');
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens).toHaveLength(2);
  });

  it('between two attempts keeps the time of the next attempt and the number of retries', async () => {
    const calls: string[] = [];
    const { promise: called, resolve: call } = gate();
    const invokeFunction = async () => {
      calls.push('call');
      call();
      throw functionError('Busy', 'later');
    };
    const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 600, MaxAttempts: 1 }];
    const service = await startService({ invokeFunction });
    const arn = await begin(service, stateMachine(lambda({ Retry })));
    await called;
    // The failure is stored in the same turn in which the next attempt is scheduled, so the history shows it.
    while (!typesOf(await historyOf(service.client, arn)).includes('TaskFailed'));

    const next = await restart(service, { invokeFunction }, TEN_MINUTES);
    const execution = await next.finished(arn);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'Busy' });
    expect(calls).toHaveLength(2);
  });

  it('after the timeout of a task lets it time out immediately', async () => {
    const { promise: called, resolve: call } = gate();
    const stopped: string[] = [];
    const parts: Partial<Integrations> = {
      startTask: async () => ({ taskArn: 'task-1' }),
      waitForTask: () => {
        call();
        return NEVER;
      },
      stopTask: async (taskArn) => void stopped.push(taskArn),
    };
    const service = await startService(parts);
    const arn = await begin(service, stateMachine(runTask({ TimeoutSeconds: 600 })));
    await called;

    const next = await restart(service, parts, TEN_MINUTES);
    const execution = await next.finished(arn);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(stopped).toEqual(['task-1']);
  });

  it('after the timeout of the state machine ends the execution as TIMED_OUT', async () => {
    const service = await startService();
    const arn = await begin(service, stateMachine({ Type: 'Wait', Seconds: 9999 }, { TimeoutSeconds: 600 }));

    const next = await restart(service, {}, TEN_MINUTES);

    expect((await next.finished(arn)).status).toBe('TIMED_OUT');
  });

  it('does not stop tasks, and an execution can be stopped before it is resumed', async () => {
    const { promise: waitedFor, resolve: wait } = gate();
    const stopped: string[] = [];
    const stopTask = async (taskArn: string) => void stopped.push(taskArn);
    const service = await startService({
      startTask: async () => ({ taskArn: 'task-1' }),
      waitForTask: () => {
        wait();
        return NEVER;
      },
      stopTask,
    });
    const arn = await begin(service, stateMachine(runTask({})));
    await waitedFor;
    await service.close();
    const stoppedByClose = [...stopped];

    const next = await startService({ stopTask }, { dataDir: service.dataDir });
    await next.client.send(new StopExecutionCommand({ executionArn: arn }));
    next.resume();

    expect(stoppedByClose).toEqual([]);
    expect(stopped).toEqual(['task-1']);
    expect((await next.finished(arn)).status).toBe('ABORTED');
  });

  it('keeps closed executions for 90 days, and then releases their names', async () => {
    const service = await startService();
    const definition = { StartAt: 'End', States: { End: { Type: 'Succeed' } } };
    const stateMachineArn = await createStateMachine(service.client, definition);
    const start = ({ client }: RunningService) =>
      client.send(new StartExecutionCommand({ stateMachineArn, name: 'run' }));
    await service.finished((await start(service)).executionArn);

    const soon = await restart(service, {}, 89 * 24 * 3_600_000);
    await expect(start(soon)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const late = await restart(soon, {}, 91 * 24 * 3_600_000);

    expect((await start(late)).executionArn).toContain(':run');
  });

  it('fails while another service uses the folder', async () => {
    const service = await startService();

    await expect(startService({}, { dataDir: service.dataDir })).rejects.toThrow(/locked/);
  });
});
