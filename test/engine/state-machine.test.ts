import { parseStateMachine } from '@flowserv/local-aws';
import validate from 'asl-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { nextStepAnswerSchema, nextStepRequestSchema } from '../../shared/engine/next-step-protocol.ts';
import { compileStateMachine, stateNames } from '../../shared/engine/state-machine.ts';
import type { StateMachineInput } from '../../shared/engine/state-machine-input.ts';
import {
  container,
  evaluate,
  HUB,
  INPUT,
  response,
  stateMachineSchema,
  statesOf,
  TASK,
} from './evaluated-states.ts';

const stepState = statesOf(INPUT)['2 score'];

describe('compileStateMachine', () => {
  it('is accepted by asl-validator and by the local Step Functions', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ name: `step ${index}` }));
    for (const input of [{}, { steps: many }, { parallel: true }, { steps: many, parallel: true }]) {
      const { definition } = compileStateMachine({ ...INPUT, ...input });
      const result = validate(z.looseObject({}).parse(JSON.parse(definition)));
      expect(result.errorsText()).toBe('');
      expect(parseStateMachine(definition)).toMatchObject({ QueryLanguage: 'JSONata' });
      // A CreateStateMachine request may be 1 MB (AWS Step Functions, quotas).
      expect(JSON.stringify({ definition }).length).toBeLessThan(900_000);
    }
  });

  it('calls next at the start without an outcome', async () => {
    const { Start, [HUB]: hub } = statesOf(INPUT);
    const variables = await evaluate(Start?.Assign, { states: { input: { runId: 'r1' } } });
    const argumentsOf = z.object({ Payload: z.unknown() }).parse(hub?.Arguments);
    const payload = await evaluate(argumentsOf.Payload, z.record(z.string(), z.unknown()).parse(variables));
    expect(nextStepRequestSchema.parse(payload)).toEqual({ runId: 'r1', outcome: null, stepsOfTask: 8 });
  });

  it('delivers an outcome to next once', async () => {
    const assigned = await evaluate(statesOf(INPUT)[HUB]?.Assign, {
      states: { result: { Payload: response } },
    });
    expect(assigned).toEqual({ answer: response, outcome: null });
  });

  it.each([
    [{ action: 'wait', seconds: 30, step: 0, attempt: 1 }, 'Wait'],
    [{ action: 'done' }, 'Settle'],
    [{ ...response, step: 0 }, '1 prepare data'],
    [{ ...response, step: 1 }, '2 score'],
    [{ ...response, step: 2 }, 'Settle'],
    [{ step: 1 }, 'Settle'],
    [{ action: 'other', step: 1 }, 'Settle'],
    [{}, 'Settle'],
  ])('goes from the response %j to %s', async (given, target) => {
    const rules = z
      .object({
        Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })),
        Default: z.string(),
      })
      .parse(statesOf(INPUT).Decide);
    const results = await Promise.all(
      rules.Choices.map((rule) => evaluate(rule.Condition, { answer: given })),
    );
    expect(results.every((result) => typeof result === 'boolean')).toBe(true);
    const chosen = rules.Choices[results.indexOf(true)];
    expect(chosen?.Next ?? rules.Default).toBe(target);
  });

  it('starts the task with sizes and the ticket, which the step’s container does not get', async () => {
    nextStepAnswerSchema.parse(response);
    expect(await evaluate(stepState?.TimeoutSeconds, { answer: response })).toBe(3600);
    const task = await evaluate(stepState?.Arguments, { answer: response });
    const ticket = [{ Name: 'FS_TICKET', Value: 'ticket' }];
    expect(task).toMatchObject({
      TaskDefinition: 'flowserv-dev-1:1',
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
    });
    // No disk size: AWS does not document that `ecs:runTask.sync` accepts one.
    expect(Object(task).Overrides).toEqual({
      Cpu: '1024',
      Memory: '2048',
      ContainerOverrides: [
        { Name: 'stage', Environment: ticket },
        { Name: 'warden', Environment: ticket },
      ],
    });
  });

  it('starts the task on demand if the response names no provider, as in earlier releases', async () => {
    const { capacityProvider: _, ...earlier } = response;
    const task = await evaluate(stepState?.Arguments, { answer: earlier });
    expect(task).toMatchObject({
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
    });
  });

  it.each([
    [['subnet-1', 'subnet-2'], ['sg-1', 'sg-2'], 'ENABLED'],
    [['subnet-1'], ['sg-1'], 'DISABLED'],
    [['subnet-1'], [], 'DISABLED'],
  ])(
    'starts the task in the network of the response: subnets %j, groups %j',
    async (subnets, securityGroups, ip) => {
      const network = { subnets, securityGroups, assignPublicIp: ip };
      const task = await evaluate(stepState?.Arguments, { answer: { ...response, network } });
      expect(task).toMatchObject({
        NetworkConfiguration: {
          AwsvpcConfiguration: { Subnets: subnets, SecurityGroups: securityGroups, AssignPublicIp: ip },
        },
      });
    },
  );

  it.each([
    ['ran', TASK, { exitCode: 3, imageDigest: 'sha256:2', stopCode: 'EssentialContainerExited' }],
    [
      'never ran',
      {
        ...TASK,
        Containers: [container('stage', { ExitCode: 1 }), container('step', { Reason: 'not pulled' })],
      },
      { exitCode: -1, imageDigest: '' },
    ],
    ['is missing', { TaskArn: TASK.TaskArn }, { exitCode: -1, stopCode: '', stoppedReason: '' }],
    ['ended well', { Containers: [container('step', { ExitCode: 0 })] }, { exitCode: 0, taskArn: '' }],
  ])('reports the task to next when the step’s container %s', async (_what, result, expected) => {
    const assigned = z
      .object({ outcome: z.unknown() })
      .parse(await evaluate(stepState?.Assign, { answer: response, states: { result } }));
    const { outcome } = nextStepRequestSchema.parse({ runId: 'r1', outcome: assigned.outcome });
    expect(outcome).toMatchObject({ step: 1, attempt: 2, task: expected });
    expect(outcome?.error).toBeUndefined();
  });

  it.each([
    [{ Error: 'States.TaskFailed', Cause: JSON.stringify(TASK) }, 'States.TaskFailed', JSON.stringify(TASK)],
    [{ Error: 'States.Timeout' }, 'States.Timeout', ''],
    [{ Error: 'ECS.ClientException', Cause: null }, 'ECS.ClientException', 'null'],
    [{ Error: 'E', Cause: '\u{1f600}'.repeat(30_000) }, 'E', '\u{1f600}'.repeat(20_000)],
  ])('passes a caught error to next, %#', async (errorOutput, name, cause) => {
    const [catcher] = z
      .array(z.looseObject({ Assign: z.unknown(), Next: z.string() }))
      .parse(stepState?.Catch);
    expect(catcher?.Next).toBe(HUB);
    const assigned = await evaluate(catcher?.Assign, { answer: response, states: { errorOutput } });
    const request = nextStepRequestSchema.parse({
      runId: 'r',
      ...z.object({ outcome: z.unknown() }).parse(assigned),
    });
    expect(request.outcome).toEqual({ step: 1, attempt: 2, error: { name, cause } });
  });

  it('sets a timeout on every task, repeats what is safe to repeat, and otherwise only what did not start', () => {
    const tasks = Object.values(statesOf(INPUT)).filter((state) => state.Type === 'Task');
    expect(tasks).toHaveLength(4);
    expect(tasks.every((state) => state.TimeoutSeconds !== undefined)).toBe(true);
    const retry = z.array(z.looseObject({ ErrorEquals: z.array(z.string()), MaxAttempts: z.number() }));
    expect(retry.parse(stepState?.Retry).flatMap((entry) => entry.ErrorEquals)).toEqual([
      'ECS.ThrottlingException',
      'ECS.ServerException',
      'ECS.SdkClientException',
    ]);
    expect(retry.parse(statesOf(INPUT)[HUB]?.Retry)).toMatchObject([
      { ErrorEquals: expect.arrayContaining(['Lambda.TooManyRequestsException']), MaxAttempts: 20 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 4 },
    ]);
    expect(retry.parse(statesOf(INPUT).Settle?.Retry)).toMatchObject([
      { ErrorEquals: ['States.ALL'], MaxAttempts: 8 },
    ]);
    expect(statesOf(INPUT)[HUB]?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Settle' }]);
  });

  it('returns the same name for the same input, and another name after any change', () => {
    const { name } = compileStateMachine(INPUT);
    expect(compileStateMachine(structuredClone(INPUT)).name).toBe(name);
    expect(name).toMatch(/^flowserv-dev-[0-9a-f]{40}$/);
    const logging = { level: 'ERROR', includeExecutionData: false, logGroupArn: 'arn:1' } as const;
    const changes: Partial<StateMachineInput>[] = [
      { stage: 'prod' },
      { steps: [{ name: 'score' }, { name: 'prepare data' }] },
      { steps: INPUT.steps.slice(1) },
      { functions: { ...INPUT.functions, next: 'arn:other' } },
      { functions: { ...INPUT.functions, settle: 'arn:other' } },
      { roleArn: 'arn:other' },
      { cluster: 'arn:other' },
      { timeoutSeconds: 1 },
      { logging },
      { logging: { ...logging, includeExecutionData: true } },
      { logging: { ...logging, logGroupArn: 'arn:2' } },
      { logging: { ...logging, level: 'ALL' } },
    ];
    const names = changes.map((change) => compileStateMachine({ ...INPUT, ...change }).name);
    expect(new Set([name, ...names]).size).toBe(changes.length + 1);
  });

  it('rejects a stage that cannot be part of a name', () => {
    expect(() => compileStateMachine({ ...INPUT, stage: 'a b' })).toThrow(
      expect.objectContaining({ code: 'state-machine.stage' }),
    );
  });

  it('copies no code and no other text from hostile step names', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '',
        ' ',
        '__proto__',
        'constructor',
        'Next',
        'Settle',
        '{% $states.input %}',
        '1',
        '$.a',
        'a\n',
      ),
      fc.string({ unit: 'binary', maxLength: 200 }),
    );
    const check = (list: string[]) => {
      const steps = list.map((name) => ({ name }));
      const names = stateNames(steps);
      expect(new Set(names).size).toBe(names.length);
      expect(
        names.every((name) => /^\d+(?: [A-Za-z0-9._ -]*[A-Za-z0-9._-])?$/.test(name) && name.length <= 80),
      ).toBe(true);
      const { definition } = compileStateMachine({ ...INPUT, steps });
      expect(Object.keys(stateMachineSchema.parse(JSON.parse(definition)).States)).toHaveLength(
        steps.length + 5,
      );
      expect(() => parseStateMachine(definition)).not.toThrow();
    };
    fc.assert(fc.property(fc.array(hostile, { minLength: 1, maxLength: 12 }), check), { numRuns: 25 });
  });
});
