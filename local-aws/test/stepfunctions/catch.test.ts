import { describe, expect, it } from 'vitest';
import { failing, functionError, lambda, runOnce, startService, typesOf } from './running-service.ts';

const CATCH_ALL = [
  { ErrorEquals: ['States.ALL'], Output: { caught: '{% $states.errorOutput %}' }, Next: 'Caught' },
];
const stateMachine = (fields: object) => ({
  StartAt: 'Ask',
  States: { Ask: lambda({ Next: 'Caught', ...fields }), Caught: { Type: 'Succeed' } },
});

describe('Catch', () => {
  it('uses the first catcher that matches the error, with its assignments', async () => {
    const run = await runOnce(
      await startService(failing([functionError('B', 'because')])),
      {
        StartAt: 'Ask',
        States: {
          Ask: lambda({
            Next: 'Report',
            Catch: [
              { ErrorEquals: ['A'], Next: 'Report', Output: {} },
              {
                ErrorEquals: ['B', 'C'],
                Next: 'Report',
                Assign: { name: '{% $states.errorOutput.Error %}', was: '{% $states.input %}' },
              },
            ],
          }),
          Report: {
            Type: 'Succeed',
            Output: { name: '{% $name %}', was: '{% $was %}', cause: '{% $states.input.Cause %}' },
          },
        },
      },
      { a: 1 },
    );
    expect(run.value).toMatchObject({ name: 'B', was: { a: 1 } });
    expect(JSON.parse(run.value.cause)).toMatchObject({ errorMessage: 'because' });
    expect(typesOf(run.history)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'TaskStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('catches a timeout, which cancels the call, only by States.Timeout', async () => {
    const cancelled: unknown[] = [];
    const service = await startService({
      invokeFunction: (_name, _payload, signal) =>
        new Promise(() => signal.addEventListener('abort', () => cancelled.push(signal.aborted))),
    });
    const catchers = [
      { ErrorEquals: ['States.TaskFailed'], Next: 'Caught', Output: { by: 'failed' } },
      {
        ErrorEquals: ['States.Timeout'],
        Next: 'Caught',
        Output: { by: 'timeout', error: '{% $states.errorOutput %}' },
      },
    ];

    const run = await runOnce(service, stateMachine({ TimeoutSeconds: 1, Catch: catchers }));

    expect(run.value).toEqual({ by: 'timeout', error: { Error: 'States.Timeout' } });
    expect(cancelled).toEqual([true]);
    expect(typesOf(run.history)).toContain('TaskTimedOut');
  });

  it('catches an error of a function by States.TaskFailed', async () => {
    const service = await startService(failing([functionError('Anything', '')]));

    const run = await runOnce(
      service,
      stateMachine({
        Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Caught', Output: { by: 'failed' } }],
      }),
    );

    expect(run.value).toEqual({ by: 'failed' });
  });

  it('does not catch States.DataLimitExceeded, for a result above 256 KiB, by States.ALL', async () => {
    const invokeFunction = async () => 'x'.repeat(256 * 1024);
    const service = await startService({ invokeFunction });

    const all = await runOnce(service, stateMachine({ Catch: CATCH_ALL }));
    const named = await runOnce(
      service,
      stateMachine({
        Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Caught', Output: { caught: true } }],
      }),
    );

    expect(all).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(named.value).toEqual({ caught: true });
  });

  it('catches an evaluation error of its arguments and of its output', async () => {
    const service = await startService({ invokeFunction: async () => ({}) });
    const broken = { FunctionName: 'next', Payload: { v: '{% $states.input.missing %}' } };

    const before = await runOnce(service, stateMachine({ Arguments: broken, Catch: CATCH_ALL }));
    const after = await runOnce(
      service,
      stateMachine({ Output: { v: '{% $states.result.Payload.missing %}' }, Catch: CATCH_ALL }),
    );

    expect(before.value.caught.Error).toBe('States.QueryEvaluationError');
    expect(before.value.caught.Cause).toContain(
      "specified for the field 'Arguments/Payload/v' returned nothing",
    );
    expect(typesOf(before.history)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'EvaluationFailed',
      'TaskStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(after.value.caught.Error).toBe('States.QueryEvaluationError');
    expect(typesOf(after.history).slice(3, 6)).toEqual(['TaskStarted', 'TaskSucceeded', 'EvaluationFailed']);
  });

  it('ends the execution when a field of the catcher cannot be evaluated', async () => {
    const service = await startService(failing([functionError('Busy', '')]));

    const run = await runOnce(
      service,
      stateMachine({
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'Caught', Output: { v: '{% $states.errorOutput.missing %}' } },
        ],
      }),
    );

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(typesOf(run.history).slice(-3)).toEqual(['TaskFailed', 'EvaluationFailed', 'ExecutionFailed']);
  });
});
