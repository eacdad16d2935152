import { describe, expect, it } from 'vitest';
import { runOnce, startService, typesOf } from './running-service.ts';

const pass = (fields: object) => ({ Type: 'Pass', ...fields });

describe('flow states', () => {
  it('pass the input through Pass states and end with the last output', async () => {
    const service = await startService();

    const run = await runOnce(
      service,
      {
        StartAt: 'First',
        States: {
          First: pass({
            Assign: { seen: '{% $states.input.a %}' },
            Output: { b: '{% $states.input.a + 1 %}' },
            Next: 'Last',
          }),
          Last: pass({
            Output: { seen: '{% $seen %}', input: '{% $states.input %}', literal: 'a {% b' },
            End: true,
          }),
        },
      },
      { a: 1 },
    );

    expect(run.status).toBe('SUCCEEDED');
    expect(run.value).toEqual({ seen: 1, input: { b: 2 }, literal: 'a {% b' });
    expect(typesOf(run.history)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    expect(run.history[2]?.stateExitedEventDetails).toMatchObject({
      assignedVariables: { seen: '1' },
      output: '{"b":2}',
    });
    expect(run.history.map(({ previousEventId }) => previousEventId)).toEqual([0, 0, 2, 3, 4, 5]);
  });

  it('evaluate Assign and Output with the previous variables', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'Set',
      States: {
        Set: pass({ Assign: { x: 1, y: 2 }, Next: 'Swap' }),
        Swap: pass({ Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: { x: '{% $x %}' }, Next: 'Report' }),
        Report: pass({
          Output: { before: '{% $states.input.x %}', x: '{% $x %}', y: '{% $y %}' },
          End: true,
        }),
      },
    });

    expect(run.value).toEqual({ before: 1, x: 2, y: 1 });
  });

  it('take the first choice whose condition is true, with its assignments', async () => {
    const service = await startService();
    const definition = {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 10 %}', Assign: { size: 'large' }, Next: 'Report' },
            {
              Condition: '{% $states.input.n > 5 %}',
              Assign: { size: 'middle' },
              Output: { cut: 5 },
              Next: 'Report',
            },
          ],
          Assign: { size: 'small' },
          Default: 'Report',
        },
        Report: pass({ Output: { size: '{% $size %}', input: '{% $states.input %}' }, End: true }),
      },
    };

    expect((await runOnce(service, definition, { n: 11 })).value).toEqual({
      size: 'large',
      input: { n: 11 },
    });
    expect((await runOnce(service, definition, { n: 6 })).value).toEqual({
      size: 'middle',
      input: { cut: 5 },
    });
    expect((await runOnce(service, definition, { n: 1 })).value).toEqual({ size: 'small', input: { n: 1 } });
  });

  it('fail with States.NoChoiceMatched when no condition is true', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'Which',
      States: {
        Which: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] },
        End: { Type: 'Succeed' },
      },
    });

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  it('loop through a choice until its condition changes', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'Begin',
      States: {
        Begin: pass({ Assign: { n: 0 }, Next: 'Count' }),
        Count: pass({ Assign: { n: '{% $n + 1 %}' }, Next: 'Again?' }),
        'Again?': {
          Type: 'Choice',
          Choices: [{ Condition: '{% $n < 40 %}', Next: 'Count' }],
          Default: 'Done',
        },
        Done: { Type: 'Succeed', Output: { n: '{% $n %}' } },
      },
    });

    expect(run.value).toEqual({ n: 40 });
    expect(run.history).toHaveLength(1 + 2 + 40 * 4 + 3);
  });

  it('end an endless loop at 25,000 events in the history', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'Turn',
      States: {
        Turn: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Back' }], Default: 'Out' },
        Back: pass({ Next: 'Turn' }),
        Out: pass({ End: true }),
      },
    });

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('wait for a number of seconds from an expression', async () => {
    const service = await startService();

    const run = await runOnce(
      service,
      {
        StartAt: 'Wait',
        States: {
          Wait: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'End' },
          End: { Type: 'Succeed' },
        },
      },
      { seconds: 1 },
    );

    const [entered, exited] = ['WaitStateEntered', 'WaitStateExited'].map(
      (type) => run.history.find((event) => event.type === type)?.timestamp?.getTime() ?? Number.NaN,
    );
    expect((exited ?? 0) - (entered ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('end with the error and cause of a Fail state', async () => {
    const service = await startService();

    const run = await runOnce(
      service,
      {
        StartAt: 'Stop',
        States: { Stop: { Type: 'Fail', Error: 'RunFailed', Cause: "{% 'step ' & $states.input.step %}" } },
      },
      { step: 3 },
    );

    expect(run).toMatchObject({ status: 'FAILED', error: 'RunFailed', cause: 'step 3' });
    expect(typesOf(run.history)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
  });

  it('have access to the context of the execution and of the state', async () => {
    const service = await startService();

    const run = await runOnce(
      service,
      {
        StartAt: 'Report',
        States: {
          Report: pass({
            Output: {
              id: '{% $states.context.Execution.Id %}',
              name: '{% $states.context.Execution.Name %}',
              input: '{% $states.context.Execution.Input.a %}',
              start: '{% $states.context.Execution.StartTime %}',
              state: '{% $states.context.State.Name %}',
              entered: '{% $states.context.State.EnteredTime %}',
              machine: '{% $states.context.StateMachine.Id %}',
            },
            End: true,
          }),
        },
      },
      { a: 5 },
    );

    expect(run.value).toMatchObject({
      id: run.executionArn,
      name: run.name,
      input: 5,
      state: 'Report',
      machine: run.stateMachineArn,
    });
    expect(run.value.start).toBe(run.startDate?.toISOString());
    expect(run.value.entered).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('fail with States.QueryEvaluationError, with field and event, when an expression returns undefined', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'E',
      States: { E: pass({ Output: { v: ['{% $states.input.missing %}'] }, End: true }) },
    });

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(run.cause).toBe(
      "An error occurred while executing the state 'E' (entered at the event id #2). The JSONata expression '$states.input.missing' specified for the field 'Output/v[0]' returned nothing (undefined).",
    );
    expect(run.history[2]).toMatchObject({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: { state: 'E', location: 'Output/v[0]' },
    });
  });

  it('fail when a condition is not a boolean', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      StartAt: 'Which',
      States: {
        Which: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'End' }], Default: 'End' },
        End: { Type: 'Succeed' },
      },
    });

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('fail with States.DataLimitExceeded when an output is larger than 256 KiB', async () => {
    const service = await startService();
    const doubled = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, '{% $states.input.text %}']));

    const run = await runOnce(
      service,
      { StartAt: 'Grow', States: { Grow: pass({ Output: doubled, End: true }) } },
      { text: 'x'.repeat(100_000) },
    );

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('end with the execution at the TimeoutSeconds of the state machine', async () => {
    const service = await startService();

    const run = await runOnce(service, {
      TimeoutSeconds: 1,
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 600, Next: 'End' }, End: { Type: 'Succeed' } },
    });

    expect(run.status).toBe('TIMED_OUT');
    expect(run.error).toBeUndefined();
    expect(typesOf(run.history).at(-1)).toBe('ExecutionTimedOut');
  });
});
