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
  runOnce,
  runTask,
  startService,
  typesOf,
} from './running-service.ts';

/** A state machine that processes the items of its input, and shows what the Map returned. */
const mapping = (States: object, more: object = {}) => ({
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      Items: '{% [$states.input.items] %}',
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'First', States },
      Next: 'End',
      ...more,
    },
    End: { Type: 'Succeed' },
  },
});

const taskState = (fields: object = {}) =>
  runTask({
    Arguments: { Cluster: 'c', TaskDefinition: '{% $states.input %}', LaunchType: 'FARGATE' },
    Output: '{% $states.result.TaskArn %}',
    End: true,
    ...fields,
  });

async function begin(service: RunningService, definition: object, items: readonly unknown[]) {
  const stateMachineArn = await createStateMachine(service.client, definition);
  const input = JSON.stringify({ items });
  const started = await service.client.send(new StartExecutionCommand({ stateMachineArn, input }));
  return started.executionArn ?? '';
}

/** Tasks that run until they are released, or forever. */
function tasks() {
  const started: string[] = [];
  const stopped: string[] = [];
  const waiting = new Map<string, () => void>();
  const { promise: all, resolve } = gate();
  const wait = (expected: number): Partial<Integrations> => ({
    startTask: async (parameters, token) => {
      const { TaskDefinition } = parameters as { TaskDefinition: string };
      if (!started.includes(`${TaskDefinition} ${token}`)) started.push(`${TaskDefinition} ${token}`);
      return { taskArn: `task-${TaskDefinition}` };
    },
    waitForTask: (taskArn) => {
      const { promise, resolve: release } = gate();
      waiting.set(taskArn, release);
      if (waiting.size === expected) resolve();
      return promise.then(() => ({ TaskArn: taskArn, Containers: [] }));
    },
    stopTask: async (taskArn) => void stopped.push(taskArn),
  });
  return { started, stopped, all, wait, release: (name: string) => waiting.get(`task-${name}`)?.() };
}

describe('a Map state', () => {
  it('processes all items at the same time and returns their outputs in order', async () => {
    const running = tasks();
    const service = await startService(running.wait(3));
    const arn = await begin(service, mapping({ First: taskState() }), ['a', 'b', 'c']);
    await running.all;

    for (const name of ['c', 'a', 'b']) running.release(name);
    const execution = await service.finished(arn);

    expect(JSON.parse(execution.output ?? '')).toEqual(['task-a', 'task-b', 'task-c']);
    const types = typesOf(await historyOf(service.client, arn));
    expect(types.filter((type) => type === 'MapIterationSucceeded')).toHaveLength(3);
    expect(types.slice(-5)).toEqual([
      'MapStateSucceeded',
      'MapStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('starts each task with a token of its own', async () => {
    const running = tasks();
    const service = await startService(running.wait(2));
    await begin(service, mapping({ First: taskState() }), ['same', 'same']);
    while (running.started.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));

    expect(new Set(running.started).size).toBe(2);
  });

  it('gives each iteration its own variables and those around the state', async () => {
    const service = await startService({
      invokeFunction: async (_name, payload) => {
        const { input } = payload as { input: { item: number; around: number } };
        return input.item * 10 + input.around;
      },
    });
    const definition = {
      StartAt: 'Keep',
      States: {
        Keep: { Type: 'Pass', Assign: { around: 7 }, Next: 'Each' },
        Each: {
          ...mapping({
            First: {
              Type: 'Pass',
              Assign: { item: '{% $states.input %}' },
              Output: { item: '{% $states.input %}', around: '{% $around %}' },
              Next: 'Ask',
            },
            Ask: lambda({ Output: '{% $states.result.Payload %}', Next: 'Show' }),
            Show: { Type: 'Pass', Output: { item: '{% $item %}', asked: '{% $states.input %}' }, End: true },
          }).States.Each,
        },
        End: { Type: 'Succeed' },
      },
    };

    const { value } = await runOnce(service, definition, { items: [1, 2] });

    expect(value).toEqual([
      { item: 1, asked: 17 },
      { item: 2, asked: 27 },
    ]);
  });

  it('of no items returns an empty list', async () => {
    const service = await startService();
    const { value } = await runOnce(service, mapping({ First: taskState() }), { items: [] });
    expect(value).toEqual([]);
  });

  it('needs an array', async () => {
    const service = await startService();
    const definition = mapping({ First: taskState() }, { Items: '{% $states.input.items %}' });
    const { status, error } = await runOnce(service, definition, { items: 'a' });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('whose iteration fails stops the tasks of the others and is caught', async () => {
    const running = tasks();
    const service = await startService({
      ...running.wait(2),
      invokeFunction: async () => {
        await running.all;
        throw functionError('Bad', 'no');
      },
    });
    const definition = mapping(
      {
        First: {
          Type: 'Choice',
          Choices: [{ Condition: "{% $states.input = 'bad' %}", Next: 'Ask' }],
          Default: 'Run',
        },
        Ask: lambda({ End: true }),
        Run: taskState(),
      },
      {
        Catch: [{ ErrorEquals: ['Bad'], Output: { caught: '{% $states.errorOutput.Error %}' }, Next: 'End' }],
      },
    );

    const arn = await begin(service, definition, ['a', 'bad', 'b']);
    const execution = await service.finished(arn);

    expect(JSON.parse(execution.output ?? '')).toEqual({ caught: 'Bad' });
    expect(running.stopped.toSorted()).toEqual(['task-a', 'task-b']);
    const types = typesOf(await historyOf(service.client, arn));
    expect(types.filter((type) => type?.startsWith('MapIteration') && !type.endsWith('Started'))).toEqual([
      'MapIterationFailed',
      'MapIterationAborted',
      'MapIterationAborted',
    ]);
  });

  it('whose iteration fails without a catcher ends the execution', async () => {
    const service = await startService();
    const { status, error } = await runOnce(
      service,
      mapping({ First: { Type: 'Fail', Error: 'Bad', Cause: 'no' } }),
      { items: [1] },
    );
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Bad' });
  });

  it('stops all its tasks with the execution', async () => {
    const running = tasks();
    const service = await startService(running.wait(2));
    const arn = await begin(service, mapping({ First: taskState() }), ['a', 'b']);
    await running.all;

    await service.client.send(new StopExecutionCommand({ executionArn: arn }));

    expect((await service.finished(arn)).status).toBe('ABORTED');
    expect(running.stopped.toSorted()).toEqual(['task-a', 'task-b']);
  });

  it('continues each iteration after a restart, and starts no task twice', async () => {
    const before = tasks();
    const service = await startService(before.wait(3));
    const arn = await begin(service, mapping({ First: taskState() }), ['a', 'b', 'c']);
    await before.all;
    before.release('a');
    while (!typesOf(await historyOf(service.client, arn)).includes('MapIterationSucceeded'));

    await service.close();
    const after = tasks();
    const next = await startService(after.wait(2), { dataDir: service.dataDir });
    next.resume();
    await after.all;
    for (const name of ['b', 'c']) after.release(name);

    const execution = await next.finished(arn);
    expect(JSON.parse(execution.output ?? '')).toEqual(['task-a', 'task-b', 'task-c']);
    expect(before.stopped).toEqual([]);
    for (const task of after.started) expect(before.started).toContain(task);
  });
});

describe('a definition with a Map state', () => {
  it.each([
    ['a target outside', mapping({ First: { Type: 'Pass', Next: 'End' } }), /state 'End' does not exist/],
    [
      'a variable of the states around it',
      {
        StartAt: 'Keep',
        States: {
          Keep: { Type: 'Pass', Assign: { x: 1 }, Next: 'Each' },
          ...mapping({ First: { Type: 'Pass', Assign: { x: 2 }, End: true } }).States,
        },
      },
      /is a variable of the states around the Map/,
    ],
    [
      'a variable read outside',
      {
        ...mapping({ First: { Type: 'Pass', Assign: { x: 2 }, End: true } }, { Output: { x: '{% $x %}' } }),
      },
      /variable \$x is not assigned/,
    ],
    [
      'a Map inside',
      mapping({ First: mapping({ First: taskState() }).States.Each }),
      /nested Map are not supported/,
    ],
  ])('is refused with %s', async (_what, definition, message) => {
    const service = await startService();
    await expect(createStateMachine(service.client, definition)).rejects.toThrow(message);
  });
});
