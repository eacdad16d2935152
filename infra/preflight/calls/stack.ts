import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import type { StackState } from '../rules/stack.ts';
import type { ClientOptions } from './clients.ts';

/** A stack with the logical ids of what is in it, and its outputs. */
export interface ExistingStack extends StackState {
  readonly resources: ReadonlySet<string>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Undefined where there is no such stack. */
export async function findStack(
  options: ClientOptions,
  name: string,
  signal: AbortSignal,
): Promise<ExistingStack | undefined> {
  const client = new CloudFormationClient(options);
  const stack = await describe(client, name, signal);
  if (!stack) return undefined;
  const resources = new Set<string>();
  for await (const page of paginateListStackResources(
    { client },
    { StackName: name },
    { abortSignal: signal },
  )) {
    for (const { LogicalResourceId, PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ??
      []) {
      const there = PhysicalResourceId !== undefined && ResourceStatus !== 'DELETE_COMPLETE';
      if (there && LogicalResourceId !== undefined) resources.add(LogicalResourceId);
    }
  }
  return {
    status: stack.StackStatus ?? 'UNKNOWN',
    reason: stack.StackStatusReason,
    protected: stack.EnableTerminationProtection ?? false,
    resources,
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** An absent stack is a ValidationError, as a wrong request is (CloudFormation, DescribeStacks). */
async function describe(client: CloudFormationClient, name: string, signal: AbortSignal) {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }), {
      abortSignal: signal,
    });
    return Stacks[0];
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}
