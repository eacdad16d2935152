import { DescribeTasksCommand, ECSClient, RunTaskCommand } from '@aws-sdk/client-ecs';
import { createMergeWave } from '../../shared/broker/merge-wave.ts';
import { clientOptions } from '../../shared/clients.ts';
import type {
  NextStepAnswer,
  StepOutcome,
  TransferAnswer,
  TransferRequest,
} from '../../shared/engine/next-step-protocol.ts';
import { MAX_STEPS_OF_TASK, stepContainerName } from '../../shared/engine/step-container.ts';
import { createCheckReuse } from '../../shared/reuse/check-reuse.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { Services } from '../../shared/services/services.ts';
import { servicesOf } from './own-function.ts';
import { admittedRun } from './played-run.ts';
import { poll, type RunningStack } from './running-stack.ts';

/**
 * Runs whose tasks the stack executes, and whose state machine the test replaces: the tasks of these stacks use no
 * images, so the test adds the digest that a container service reports.
 */

/** The digest that the platform reports for each task. */
export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Creates a run and executes it to its end. Returns its identifier and the steps for which a task ran, in order. */
export async function drivenRun(
  stack: RunningStack,
  groupId: string,
  values: Readonly<Record<string, unknown>> = {},
  imageDigest = DIGEST,
): Promise<{ readonly id: string; readonly executed: readonly number[] }> {
  const id = await admittedRun(stack, groupId, values);
  const executed = await drive(stack, id, { imageDigest });
  return { id, executed };
}

/** Executes a run to its end. Returns the steps with which a task began, in order. */
export async function drive(
  stack: RunningStack,
  runId: string,
  {
    imageDigest = DIGEST,
    services = servicesOf(stack, 'next-step'),
    stepsOfTask = 1,
    waves = true,
    transfer,
  }: DriveOptions = {},
): Promise<readonly number[]> {
  const executed: number[] = [];
  const [check, merge] = [createCheckReuse(services), createMergeWave(services)];
  const follow = async (member?: number): Promise<void> => {
    let outcome: StepOutcome | null = null;
    for (;;) {
      const request = {
        runId,
        outcome,
        stepsOfTask,
        waves,
        ...(member !== undefined && { member }),
        ...(transfer && { transfers: true }),
      };
      const answer: NextStepAnswer = await nextStep(services, request, check, merge);
      if (answer.action === 'done' || answer.action === 'failed') return;
      if (answer.action === 'wave') await Promise.all(answer.steps.map(({ step }) => follow(step)));
      if (answer.action === 'transfer') {
        const { phase, step, attempt } = answer;
        const ended = await transfer?.({ runId, phase, step, attempt });
        outcome = { step, attempt, transfer: { phase, failure: '', permanent: false, ...ended } };
        continue;
      }
      outcome = answer.action === 'run' ? await runTask(stack, answer, imageDigest) : null;
      if (answer.action === 'run') executed.push(answer.step);
    }
  };
  await follow();
  await settleRun(stack.services, runId, true);
  return executed;
}

interface DriveOptions {
  readonly imageDigest?: string;
  /** Services of the next step; those of the function with its own keys by default. */
  readonly services?: Services;
  /** Maximum number of steps of a task. */
  readonly stepsOfTask?: number;
  /** Whether the state machine runs steps at the same time. */
  readonly waves?: boolean;
  /** Makes transfers; without it, the state machine is one of a workflow without storage volumes. */
  readonly transfer?: (request: TransferRequest) => Promise<TransferAnswer>;
}

/** Runs the task of a step in the stack's container service, as the state machine does. */
async function runTask(
  { services: { config } }: RunningStack,
  answer: Extract<NextStepAnswer, { action: 'run' }>,
  imageDigest: string,
): Promise<StepOutcome> {
  const client = new ECSClient(clientOptions(config, config.endpoints.ecs));
  const { step, attempt, taskDefinition, capacityProvider, cpu, memory, network, ticket } = answer;
  const cluster = config.compute.clusterArn;
  const environment = [{ name: 'FS_TICKET', value: ticket }];
  const { tasks = [] } = await client.send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
      networkConfiguration: {
        awsvpcConfiguration: {
          ...network,
          subnets: [...network.subnets],
          securityGroups: [...network.securityGroups],
        },
      },
      overrides: {
        cpu,
        memory,
        containerOverrides: ['stage', 'warden'].map((name) => ({ name, environment })),
      },
    }),
  );
  const taskArn = tasks[0]?.taskArn ?? '';
  const task = await poll(async () => {
    const found = await client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
    return found.tasks?.find(({ lastStatus }) => lastStatus === 'STOPPED');
  }, 'the task does not end');
  const [exitCode = -1, ...others] = Array.from({ length: MAX_STEPS_OF_TASK }, (_, position) => {
    const container = task.containers?.find(({ name }) => name === stepContainerName(position));
    return container?.exitCode ?? -1;
  });
  const later = others.map((code) => ({ exitCode: code, reason: '' }));
  const { stopCode = '', stoppedReason = '' } = task;
  return { step, attempt, task: { taskArn, stopCode, stoppedReason, exitCode, imageDigest, later } };
}
