import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import {
  createStateMachine,
  failing,
  functionError,
  lambda,
  runOnce,
  serviceError,
  startService,
  typesOf,
} from './running-service.ts';

const CATCH_ALL = [
  { ErrorEquals: ['States.ALL'], Output: { caught: '{% $states.errorOutput %}' }, Next: 'Caught' },
];
const stateMachine = (fields: object) => ({
  StartAt: 'Ask',
  States: { Ask: lambda({ Next: 'Caught', ...fields }), Caught: { Type: 'Succeed' } },
});
const retry = (fields: object) => ({ IntervalSeconds: 1, JitterStrategy: 'NONE', ...fields });

describe('lambda:invoke', () => {
  it('passes evaluated arguments and returns the Invoke response', async () => {
    const calls: unknown[] = [];
    const service = await startService({
      invokeFunction: async (name, payload) => {
        calls.push([name, payload]);
        return { next: 'step', absent: undefined };
      },
    });

    const run = await runOnce(
      service,
      {
        StartAt: 'Ask',
        States: {
          Ask: lambda({
            TimeoutSeconds: '{% $states.input.limit %}',
            Arguments: { FunctionName: 'next', Payload: { runId: '{% $states.input.runId %}', step: 0 } },
            Assign: { answer: '{% $states.result.Payload %}' },
            Output: {
              status: '{% $states.result.StatusCode %}',
              answer: '{% $states.result.Payload.next %}',
            },
            End: true,
          }),
        },
      },
      { runId: 'r', limit: 60 },
    );

    expect(calls).toEqual([['next', { runId: 'r', step: 0 }]]);
    expect(run.value).toEqual({ status: 200, answer: 'step' });
    expect(typesOf(run.history)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(run.history[2]?.taskScheduledEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'us-east-1',
      parameters: '{"FunctionName":"next","Payload":{"runId":"r","step":0}}',
      timeoutInSeconds: 60,
    });
    expect(run.history[5]?.stateExitedEventDetails?.assignedVariables).toEqual({ answer: '{"next":"step"}' });
  });

  it("fails with the function's error type, and its error document as the cause", async () => {
    const { invokeFunction } = failing([functionError('ValueError', 'no such run', ['at handler'])]);
    const service = await startService({ invokeFunction });

    const run = await runOnce(service, stateMachine({}));

    expect(run).toMatchObject({ status: 'FAILED', error: 'ValueError' });
    expect(JSON.parse(run.cause ?? '')).toEqual({
      errorType: 'ValueError',
      errorMessage: 'no such run',
      trace: ['at handler'],
    });
    expect(typesOf(run.history).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  it('prefixes errors of the service with its name, and reports an unreachable service as SdkClientException', async () => {
    const throttled = await startService(failing([serviceError('TooManyRequestsException', 'not now')]));
    const unreachable = await startService(failing([new TypeError('fetch failed')]));

    expect((await runOnce(throttled, stateMachine({}))).error).toBe('Lambda.TooManyRequestsException');
    expect((await runOnce(unreachable, stateMachine({}))).error).toBe('Lambda.SdkClientException');
  });

  it('retries by error name, with a separate count for each retrier', async () => {
    const { calls, invokeFunction } = failing([
      serviceError('TooManyRequestsException', 'not now'),
      serviceError('ServiceException', 'not now'),
      serviceError('TooManyRequestsException', 'not now'),
    ]);
    const service = await startService({ invokeFunction });

    const run = await runOnce(
      service,
      stateMachine({
        Arguments: { FunctionName: 'next', Payload: { attempt: '{% $states.context.State.RetryCount %}' } },
        Retry: [
          retry({
            ErrorEquals: ['Lambda.TooManyRequestsException'],
            MaxAttempts: 2,
            MaxDelaySeconds: 2,
            JitterStrategy: 'FULL',
          }),
          retry({ ErrorEquals: ['Lambda.ServiceException'], MaxAttempts: 1, BackoffRate: 1 }),
        ],
        Output: { payload: '{% $states.result.Payload %}' },
      }),
    );

    expect(run.value).toEqual({ payload: { ok: true } });
    expect(calls).toEqual([{ attempt: 0 }, { attempt: 1 }, { attempt: 2 }, { attempt: 3 }]);
    expect(typesOf(run.history).filter((type) => type === 'TaskScheduled')).toHaveLength(4);
  });

  it('waits the interval, multiplied by the backoff rate, before each attempt', async () => {
    const { invokeFunction } = failing([functionError('Busy', ''), functionError('Busy', '')]);
    const service = await startService({ invokeFunction });

    const run = await runOnce(
      service,
      stateMachine({ Retry: [retry({ ErrorEquals: ['Busy'], BackoffRate: 1.5 })] }),
    );

    const times = (type: string) =>
      run.history.filter((event) => event.type === type).map(({ timestamp }) => timestamp?.getTime() ?? 0);
    const [, second = 0, third = 0] = times('TaskScheduled');
    const [failed = 0, failedAgain = 0] = times('TaskFailed');
    expect(run.status).toBe('SUCCEEDED');
    expect(second - failed).toBeGreaterThanOrEqual(1000);
    expect(third - failedAgain).toBeGreaterThanOrEqual(1500);
  });

  it('catches an error after the last retry', async () => {
    const { calls, invokeFunction } = failing([1, 2, 3].map(() => functionError('Busy', 'later')));
    const service = await startService({ invokeFunction });

    const run = await runOnce(
      service,
      stateMachine({ Retry: [retry({ ErrorEquals: ['Busy'], MaxAttempts: 1 })], Catch: CATCH_ALL }),
    );

    expect(calls).toHaveLength(2);
    expect(run.value.caught.Error).toBe('Busy');
  });

  it('does not retry with MaxAttempts 0, and uses only the first matching retrier', async () => {
    const { calls, invokeFunction } = failing([functionError('Fatal', '')]);
    const service = await startService({ invokeFunction });

    const run = await runOnce(
      service,
      stateMachine({
        Retry: [retry({ ErrorEquals: ['Fatal'], MaxAttempts: 0 }), retry({ ErrorEquals: ['States.ALL'] })],
      }),
    );

    expect(calls).toHaveLength(1);
    expect(run.error).toBe('Fatal');
  });

  it('runs many executions concurrently', async () => {
    const service = await startService({ invokeFunction: async (_name, payload) => payload });
    const stateMachineArn = await createStateMachine(
      service.client,
      stateMachine({ Output: { n: '{% $states.result.Payload.input.n %}' } }),
    );
    const runOne = async (n: number) => {
      const input = JSON.stringify({ n });
      const { executionArn } = await service.client.send(
        new StartExecutionCommand({ stateMachineArn, input }),
      );
      return (await service.finished(executionArn)).output;
    };

    const outputs = await Promise.all(Array.from({ length: 200 }, (_, n) => runOne(n)));

    expect(outputs).toEqual(Array.from({ length: 200 }, (_, n) => JSON.stringify({ n })));
  });
});
