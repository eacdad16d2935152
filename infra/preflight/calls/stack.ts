import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describeStack, resourcesOf } from '../../existing-stack.ts';
import { stackDescription } from '../../output-names.ts';
import type { StackState } from '../rules/stack.ts';
import type { ClientOptions } from './clients.ts';

/** A stack with its outputs and the logical ids of its resources. */
export interface ExistingStack extends StackState {
  readonly resources: ReadonlySet<string>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Undefined if the stack does not exist. */
export async function findStack(
  options: ClientOptions,
  name: string,
  signal: AbortSignal,
): Promise<ExistingStack | undefined> {
  const client = new CloudFormationClient(options);
  const stack = await describeStack(client, name, signal);
  if (!stack) return undefined;
  const there = (await resourcesOf(client, name, signal)).filter(
    ({ PhysicalResourceId, ResourceStatus }) =>
      PhysicalResourceId !== undefined && ResourceStatus !== 'DELETE_COMPLETE',
  );
  return {
    status: stack.StackStatus ?? 'UNKNOWN',
    reason: stack.StackStatusReason,
    protected: stack.EnableTerminationProtection ?? false,
    isOwn: stack.Description === stackDescription(name.replace(/^flowserv-/, '')),
    resources: new Set(there.flatMap(({ LogicalResourceId }) => LogicalResourceId ?? [])),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}
