import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';

/**
 * What CloudFormation says of a stack; undefined where there is none. By its ARN one that has been deleted is found, too.
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
    // An absent stack is a ValidationError, as a wrong request is (CloudFormation, DescribeStacks).
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
