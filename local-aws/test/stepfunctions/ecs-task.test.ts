import { describe, expect, it } from 'vitest';
import type { Integrations } from '../../stepfunctions/integrations.ts';
import { runOnce, runTask, serviceError, startService, typesOf } from './running-service.ts';

interface Container {
  readonly Name: string;
  readonly ExitCode?: number;
}

const INPUT = { taskDefinition: 'arn:aws:ecs:us-east-1:000000000000:task-definition/image:1' };
const stateMachine = (fields: object = {}) => ({
  StartAt: 'Run',
  States: { Run: runTask({ Next: 'End', ...fields }), End: { Type: 'Succeed' } },
});

/** A cluster with tasks that stop immediately with the given containers; `warden` is the essential one. */
function cluster(
  containers: readonly Container[],
  more: object = {},
): Partial<Integrations> & { readonly started: unknown[][] } {
  const started: unknown[][] = [];
  return {
    started,
    startTask: async (taskArguments, token) => {
      started.push([taskArguments, token]);
      return { taskArn: `task-${started.length}` };
    },
    waitForTask: async (taskArn) => ({
      TaskArn: taskArn,
      TaskDefinitionArn: INPUT.taskDefinition,
      StopCode: 'EssentialContainerExited',
      Containers: containers,
      ...more,
    }),
    essentialContainers: async (definition) => (definition === INPUT.taskDefinition ? ['warden'] : []),
  };
}

describe('ecs:runTask.sync', () => {
  it('passes arguments and a token to RunTask, and returns the Task object', async () => {
    const ecs = cluster([
      { Name: 'stage', ExitCode: 0 },
      { Name: 'warden', ExitCode: 0 },
      { Name: 'step', ExitCode: 3 },
    ]);
    const service = await startService(ecs);

    const run = await runOnce(
      service,
      stateMachine({
        Assign: {
          t: "{% ( $c := $states.result.Containers[Name='step']; {'exit': $exists($c.ExitCode) ? $c.ExitCode : -1, 'task': $states.result.TaskArn} ) %}",
        },
        Output: '{% $states.result %}',
      }),
      INPUT,
    );

    expect(run.value).toMatchObject({ TaskArn: 'task-1', StopCode: 'EssentialContainerExited' });
    expect(ecs.started).toEqual([
      [
        { Cluster: 'cluster', TaskDefinition: INPUT.taskDefinition, LaunchType: 'FARGATE' },
        expect.stringMatching(/^[\w-]{43}$/),
      ],
    ]);
    expect(typesOf(run.history).slice(1, 7)).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
    ]);
    expect(run.history[6]?.stateExitedEventDetails?.assignedVariables).toEqual({
      t: '{"exit":3,"task":"task-1"}',
    });
    const scheduled = run.history[2]?.taskScheduledEventDetails;
    expect(scheduled).toMatchObject({ resourceType: 'ecs', resource: 'runTask.sync' });
    expect(JSON.parse(scheduled?.parameters ?? '')).toEqual({
      ...{ Cluster: 'cluster', TaskDefinition: INPUT.taskDefinition, LaunchType: 'FARGATE' },
      StartedBy: 'AWS Step Functions',
    });
  });

  it.each<[string, readonly Container[], object]>([
    ['an essential container exits with an error', [{ Name: 'warden', ExitCode: 1 }], {}],
    ['an essential container never ran', [{ Name: 'stage', ExitCode: 1 }, { Name: 'warden' }], {}],
    ['the task never started', [{ Name: 'step' }], { StopCode: 'TaskFailedToStart' }],
  ])('fails with States.TaskFailed and the task as cause when %s', async (_when, containers, more) => {
    const service = await startService(cluster(containers, more));

    const run = await runOnce(service, stateMachine(), INPUT);

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(run.cause ?? '')).toMatchObject({ TaskArn: 'task-1', Containers: containers });
  });

  it.each([
    ['AmazonECS.Unknown', serviceError('AmazonECS.Unknown', 'RESOURCE:CPU')],
    ['ECS.ThrottlingException', serviceError('ThrottlingException', 'rate exceeded')],
    ['ECS.AmazonECSException', serviceError('AmazonECSException', 'no capacity')],
    ['ECS.SdkClientException', new Error('connect ECONNREFUSED')],
  ])('fails with %s', async (name, error) => {
    const service = await startService({
      startTask: async () => {
        throw error;
      },
    });

    const run = await runOnce(service, stateMachine(), INPUT);

    expect(run).toMatchObject({ status: 'FAILED', error: name, cause: error.message });
    expect(typesOf(run.history).slice(-3)).toEqual(['TaskStarted', 'TaskFailed', 'ExecutionFailed']);
  });

  it('starts another task, with another token, for each retry', async () => {
    const ecs = cluster([{ Name: 'warden', ExitCode: 1 }]);
    const service = await startService(ecs);

    const run = await runOnce(
      service,
      stateMachine({ Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }] }),
      INPUT,
    );

    const tokens = ecs.started.map(([, token]) => token);
    expect(run.status).toBe('FAILED');
    expect(new Set(tokens).size).toBe(2);
  });

  it('stops a task at the timeout of its state', async () => {
    const stopped: string[] = [];
    const service = await startService({
      ...cluster([]),
      waitForTask: () => new Promise(() => {}),
      stopTask: async (taskArn) => void stopped.push(taskArn),
    });

    const run = await runOnce(service, stateMachine({ TimeoutSeconds: 1 }), INPUT);

    expect(run).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(stopped).toEqual(['task-1']);
    expect(typesOf(run.history).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });
});
