import * as z from 'zod';
import type { Interceptor } from '../aws/interceptor.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { Integrations } from '../stepfunctions/integrations.ts';
import type { Random } from './random.ts';

/** Maximum time that something new is hidden. AWS documents no time; some seconds were observed. */
const LONGEST_MS = 3_000;
/** CreateStateMachine also succeeds for a state machine that exists. One older than this is not hidden. */
const NEW_MS = 1_000;

interface Hidden {
  /** Interceptor for the server of Step Functions and ECS. */
  readonly intercept: Interceptor;
  /** Wraps the calls of state machines, so that new task definitions are hidden from them too. */
  integrations(inner: Integrations): Integrations;
}

/** In seconds since the epoch. */
const created = z.object({ stateMachineArn: z.string(), creationDate: z.number() });
const started = z.object({ executionArn: z.string() });
const registered = z.object({ taskDefinition: z.object({ taskDefinitionArn: z.string() }) });
const namesStateMachine = z.object({ stateMachineArn: z.string() });
const namesExecution = z.object({ executionArn: z.string() });
const namesDefinition = z.object({ TaskDefinition: z.string() });

/**
 * Hides new resources for a while: "this operation is eventually consistent" (Step Functions API reference,
 * CreateStateMachine and DescribeExecution; ECS API reference, RunTask). Resources that existed before the stack
 * started are visible.
 */
export function hidden(random: Random, now: () => number): Hidden {
  const visibleAt = new Map<string, number>();
  const hide = (name: string) => {
    if (!visibleAt.has(name)) visibleAt.set(name, now() + random() * LONGEST_MS);
  };
  const isHidden = (name: string | undefined) => name !== undefined && (visibleAt.get(name) ?? 0) > now();

  return {
    async intercept({ service, operation, input }, proceed) {
      const call = `${service}:${operation}`;
      if (call === 'states:StartExecution') rejectStateMachine(input);
      if (call === 'states:DescribeExecution') rejectExecution(input);
      const output = await proceed();
      if (call === 'states:CreateStateMachine') {
        const { stateMachineArn, creationDate } = created.parse(output);
        if (now() - creationDate * 1000 < NEW_MS) hide(stateMachineArn);
      }
      if (call === 'states:StartExecution') hide(started.parse(output).executionArn);
      if (call === 'ecs:RegisterTaskDefinition') {
        hide(registered.parse(output).taskDefinition.taskDefinitionArn);
      }
      return output;
    },
    integrations: (inner) => ({
      ...inner,
      async startTask(taskArguments, token) {
        const definition = namesDefinition.safeParse(taskArguments).data?.TaskDefinition;
        if (isHidden(definition)) throw new AwsError('ClientException', 'TaskDefinition not found.');
        return inner.startTask(taskArguments, token);
      },
    }),
  };

  function rejectStateMachine(input: unknown): void {
    const arn = namesStateMachine.safeParse(input).data?.stateMachineArn;
    if (!isHidden(arn)) return;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  function rejectExecution(input: unknown): void {
    const arn = namesExecution.safeParse(input).data?.executionArn;
    if (isHidden(arn)) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }
}
