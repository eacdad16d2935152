import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';

/**
 * Returns CloudFormation's description of a stack; undefined if it does not exist. An ARN also finds a deleted stack.
 *
 * @param name name or ARN
 */
export async function describeStack(
  client: CloudFormationClient,
  name: string,
  abortSignal?: AbortSignal,
): Promise<Stack | undefined> {
  try {
    const command = new DescribeStacksCommand({ StackName: name });
    return (await client.send(command, abortSignal && { abortSignal })).Stacks?.[0];
  } catch (error) {
    // An absent stack is a ValidationError, as is a malformed request (CloudFormation, DescribeStacks).
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/** All resources of a stack. */
export async function resourcesOf(
  client: CloudFormationClient,
  name: string,
  abortSignal?: AbortSignal,
): Promise<StackResourceSummary[]> {
  const found: StackResourceSummary[] = [];
  const pages = paginateListStackResources(
    { client },
    { StackName: name },
    ...(abortSignal ? [{ abortSignal }] : []),
  );
  for await (const { StackResourceSummaries = [] } of pages) found.push(...StackResourceSummaries);
  return found;
}
