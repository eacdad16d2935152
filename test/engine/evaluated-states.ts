import jsonata from 'jsonata';
import * as z from 'zod';
import { compileStateMachine } from '../../shared/engine/state-machine.ts';
import type { StateMachineInput } from '../../shared/engine/state-machine-input.ts';

/** A state machine of two steps, a response of `next`, and the end of a task. */
export const INPUT: StateMachineInput = {
  stage: 'dev',
  steps: [{ name: 'prepare data' }, { name: 'score' }],
  functions: {
    next: 'arn:aws:lambda:us-east-1:123456789012:function:next:live',
    settle: 'arn:aws:lambda:us-east-1:123456789012:function:settle:live',
  },
  roleArn: 'arn:aws:iam::123456789012:role/machine',
  cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/flowserv',
  timeoutSeconds: 259_200,
};

export const HUB = 'Next step';
const stateSchema = z.looseObject({ Type: z.string(), Next: z.string().optional() });
export const stateMachineSchema = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), stateSchema),
});
export const statesOf = (input: StateMachineInput) =>
  stateMachineSchema.parse(JSON.parse(compileStateMachine(input).definition)).States;

/** Evaluates a field as Step Functions does: `{% … %}` strings are code, and an undefined result is an error. */
export async function evaluate(template: unknown, bindings: Record<string, unknown>): Promise<unknown> {
  if (typeof template === 'string' && template.startsWith('{%')) {
    const result: unknown = await jsonata(template.slice(2, -2)).evaluate(undefined, bindings);
    if (result === undefined) {
      throw new Error(`States.QueryEvaluationError in ${template}`);
    }
    return JSON.parse(JSON.stringify(result));
  }
  if (Array.isArray(template)) {
    return Promise.all(template.map((entry) => evaluate(entry, bindings)));
  }
  if (typeof template !== 'object' || template === null) {
    return template;
  }
  const entries = Object.entries(template).map(async ([key, value]) => [
    key,
    await evaluate(value, bindings),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

export const response = {
  action: 'run',
  step: 1,
  attempt: 2,
  taskDefinition: 'flowserv-dev-1:1',
  capacityProvider: 'FARGATE_SPOT',
  cpu: '1024',
  memory: '2048',
  network: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
  ticket: 'ticket',
  timeoutSeconds: 3600,
};
export const container = (Name: string, more = {}) => ({ Name, LastStatus: 'STOPPED', ...more });
export const TASK = {
  TaskArn: 'arn:aws:ecs:us-east-1:123456789012:task/flowserv/1',
  StopCode: 'EssentialContainerExited',
  StoppedReason: 'Essential container in task exited',
  Containers: [
    container('stage', { ExitCode: 0 }),
    container('warden', { ExitCode: 0, ImageDigest: 'sha256:1' }),
    container('step', { ExitCode: 3, ImageDigest: 'sha256:2' }),
  ],
};
