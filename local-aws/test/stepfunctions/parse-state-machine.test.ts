import { describe, expect, it } from 'vitest';
import { DefinitionError, parseStateMachine } from '../../stepfunctions/parse-state-machine.ts';

const END = { Type: 'Succeed' };
const LAMBDA = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'next' },
  Next: 'End',
};

/** A state machine with the given first state. */
const stateMachine = (first: object, more: object = {}) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'First', States: { First: first, End: END }, ...more });

function problemsOf(text: string) {
  try {
    parseStateMachine(text);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems;
    throw error;
  }
}

describe('definitions', () => {
  it('accepts every supported field', () => {
    const definition = stateMachine(
      {
        ...LAMBDA,
        Comment: 'calls',
        QueryLanguage: 'JSONata',
        TimeoutSeconds: '{% $states.input.limit + 60 %}',
        Assign: { p: '{% $states.result.Payload %}' },
        Output: {},
        Retry: [
          {
            ErrorEquals: ['Lambda.ServiceException'],
            IntervalSeconds: 2,
            BackoffRate: 2,
            MaxAttempts: 6,
            MaxDelaySeconds: 60,
            JitterStrategy: 'FULL',
            Comment: 'x',
          },
          { ErrorEquals: ['States.ALL'] },
        ],
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Assign: { err: '{% $states.errorOutput.Error %}' },
            Output: {},
            Next: 'End',
          },
        ],
      },
      { Comment: 'all', Version: '1.0', TimeoutSeconds: 259_200 },
    );

    const parsed = parseStateMachine(definition);

    expect(parsed.States.First).toMatchObject({
      Retry: [{ MaxAttempts: 6 }, { MaxAttempts: 3, IntervalSeconds: 1, BackoffRate: 2 }],
    });
  });

  it('accepts the arguments of one Fargate task with overrides', () => {
    const definition = stateMachine({
      Type: 'Task',
      Resource: 'arn:aws:states:::ecs:runTask.sync',
      TimeoutSeconds: 60,
      Arguments: {
        Cluster: 'c',
        TaskDefinition: '{% $states.input.td %}',
        LaunchType: 'FARGATE',
        PlatformVersion: '1.4.0',
        NetworkConfiguration: {
          AwsvpcConfiguration: { Subnets: ['a'], SecurityGroups: ['b'], AssignPublicIp: 'ENABLED' },
        },
        Overrides: {
          Cpu: '256',
          Memory: '{% $states.input.memory %}',
          ContainerOverrides: [
            { Name: 'stage', Environment: [{ Name: 'TICKET', Value: '{% $states.input.ticket %}' }] },
          ],
        },
      },
      Next: 'End',
    });

    expect(problemsOf(definition)).toEqual([]);
  });

  it.each<[string, string]>([
    ['/Colour', stateMachine(END, { Colour: 'red' })],
    ['/States/First/HeartbeatSeconds', stateMachine({ ...LAMBDA, HeartbeatSeconds: 5 })],
    ['/States/First/ResultPath', stateMachine({ ...LAMBDA, ResultPath: '$' })],
    [
      '/States/First/Arguments/ClientContext',
      stateMachine({ ...LAMBDA, Arguments: { FunctionName: 'f', ClientContext: 'x' } }),
    ],
    [
      '/States/First/Retry/0/MaxAttemps',
      stateMachine({ ...LAMBDA, Retry: [{ ErrorEquals: ['A'], MaxAttemps: 1 }] }),
    ],
    [
      '/States/First/Catch/0/ResultPath',
      stateMachine({ ...LAMBDA, Catch: [{ ErrorEquals: ['A'], Next: 'End', ResultPath: '$.e' }] }),
    ],
    [
      '/States/First/Choices/0/Variable',
      stateMachine({ Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'End', Variable: '$.a' }] }),
    ],
    ['/States/First/Result', stateMachine({ Type: 'Pass', Result: 1, Next: 'End' })],
    ['/States/First/Timestamp', stateMachine({ Type: 'Wait', Seconds: 1, Timestamp: 'x', Next: 'End' })],
    [
      '/States/First/Arguments/Overrides/ContainerOverrides/0/Environment/0/Valeu',
      stateMachine({
        Type: 'Task',
        Resource: 'arn:aws:states:::ecs:runTask.sync',
        Arguments: {
          Cluster: 'c',
          TaskDefinition: 't',
          Overrides: {
            ContainerOverrides: [{ Name: 'a', Environment: [{ Name: 'b', Value: 'v', Valeu: 'c' }] }],
          },
        },
        Next: 'End',
      }),
    ],
  ])('rejects the unknown field %s', (location, definition) => {
    expect(problemsOf(definition)).toEqual([{ location, message: 'field is not supported' }]);
  });

  it('rejects a Parallel state by name', () => {
    const [problem] = problemsOf(stateMachine({ Type: 'Parallel', Branches: [], Next: 'End' }));

    expect(problem?.location).toBe('/States/First/Type');
    expect(problem?.message).toMatch(/Parallel is not supported/);
  });

  it.each<[string, string, string]>([
    ['another query language', '/QueryLanguage', stateMachine(END, { QueryLanguage: 'JSONPath' })],
    [
      'a state with JSONPath',
      '/States/First/QueryLanguage',
      stateMachine({ ...LAMBDA, QueryLanguage: 'JSONPath' }),
    ],
    [
      'another integration',
      '/States/First/Resource',
      stateMachine({ ...LAMBDA, Resource: 'arn:aws:states:::sqs:sendMessage' }),
    ],
    [
      'a task token',
      '/States/First/Resource',
      stateMachine({ ...LAMBDA, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
    ],
    ['a target that does not exist', '/States/First/Next', stateMachine({ ...LAMBDA, Next: 'Nowhere' })],
    [
      'a catcher with a target that does not exist',
      '/States/First/Catch/0/Next',
      stateMachine({ ...LAMBDA, Catch: [{ ErrorEquals: ['A'], Next: 'Nowhere' }] }),
    ],
    ['Next and End', '/States/First', stateMachine({ ...LAMBDA, End: true })],
    ['neither Next nor End', '/States/First', stateMachine({ Type: 'Pass' })],
    [
      'States.ALL together with others',
      '/States/First/Catch/0/ErrorEquals',
      stateMachine({ ...LAMBDA, Catch: [{ ErrorEquals: ['States.ALL', 'A'], Next: 'End' }] }),
    ],
    [
      'States.ALL before others',
      '/States/First/Retry',
      stateMachine({ ...LAMBDA, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
    ],
    [
      'a misspelled error of the language',
      '/States/First/Retry/0/ErrorEquals/0',
      stateMachine({ ...LAMBDA, Retry: [{ ErrorEquals: ['States.TimeOut'] }] }),
    ],
    [
      'a delay below the interval',
      '/States/First/Retry/0/MaxDelaySeconds',
      stateMachine({ ...LAMBDA, Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }),
    ],
    [
      'an expression without its end delimiter',
      '/States/First/Arguments/Payload/a',
      stateMachine({ ...LAMBDA, Arguments: { FunctionName: 'f', Payload: { a: '{% $states.input' } } }),
    ],
    [
      'space around an expression',
      '/States/First/Arguments/Payload',
      stateMachine({ ...LAMBDA, Arguments: { FunctionName: 'f', Payload: ' {% 1 %}' } }),
    ],
    [
      'an expression with a syntax error',
      '/States/First/Output',
      stateMachine({ ...LAMBDA, Output: '{% 1 + %}' }),
    ],
    [
      'a reserved variable',
      '/States/First/Assign/states',
      stateMachine({ ...LAMBDA, Assign: { states: 1 } }),
    ],
    [
      'an invalid variable name',
      '/States/First/Assign/a-b',
      stateMachine({ ...LAMBDA, Assign: { 'a-b': 1 } }),
    ],
    [
      'a result in a state without one',
      '/States/First/Output',
      stateMachine({ Type: 'Pass', Output: '{% $states.result %}', Next: 'End' }),
    ],
    [
      'a result in arguments',
      '/States/First/Arguments/Payload',
      stateMachine({ ...LAMBDA, Arguments: { FunctionName: 'f', Payload: '{% $states.result %}' } }),
    ],
    [
      'an error output outside of a catcher',
      '/States/First/Output',
      stateMachine({ ...LAMBDA, Output: '{% $states.errorOutput %}' }),
    ],
    [
      'a result in a catcher',
      '/States/First/Catch/0/Output',
      stateMachine({
        ...LAMBDA,
        Catch: [{ ErrorEquals: ['A'], Next: 'End', Output: '{% $states.result %}' }],
      }),
    ],
    [
      'a variable that is never assigned',
      '/States/First/Output',
      stateMachine({ ...LAMBDA, Output: '{% $unassigned %}' }),
    ],
    ['a timeout of 0 s', '/States/First/TimeoutSeconds', stateMachine({ ...LAMBDA, TimeoutSeconds: 0 })],
    [
      'a name of 81 characters',
      `/States/${'x'.repeat(81)}`,
      stateMachine(
        { ...LAMBDA },
        { States: { First: { ...LAMBDA, Next: 'x'.repeat(81) }, ['x'.repeat(81)]: END } },
      ),
    ],
  ])('rejects %s', (_what, location, definition) => {
    expect(problemsOf(definition).map((problem) => problem.location)).toContain(location);
  });

  it('rejects problems that only asl-validator finds', () => {
    const unreachable = stateMachine(
      { Type: 'Pass', Next: 'End' },
      { States: { First: { Type: 'Pass', Next: 'End' }, End: END, Lost: END } },
    );

    expect(problemsOf(unreachable)[0]?.message).toMatch(/Lost is not reachable/);
  });

  it('reports every problem with its location in the message', () => {
    const definition = stateMachine({ ...LAMBDA, Extra: 1, TimeoutSeconds: 0 });

    expect(() => parseStateMachine(definition)).toThrow(
      /\/States\/First\/TimeoutSeconds: Too small.*\/States\/First\/Extra: field is not supported/,
    );
  });

  it('rejects text that is not valid JSON, and JSON that is not a state machine', () => {
    expect(problemsOf('{')[0]?.message).toMatch(/not valid JSON/);
    for (const text of ['null', '[]', '1', '{}', '{"States":{"A":1}}'])
      expect(problemsOf(text).length).toBeGreaterThan(0);
  });
});
