import {
  type CloudFormationClient,
  DeleteStackCommand,
  GetTemplateCommand,
  paginateListStacks,
  type StackSummary,
} from '@aws-sdk/client-cloudformation';
import { describeStack, resourcesOf } from '../existing-stack.ts';
import { outputName } from '../output-names.ts';

/** An existing stack. */
export interface LiveStack {
  /** ARN of the stack, which identifies it even after its deletion. */
  readonly id: string;
  readonly status: string;
  readonly protected: boolean;
  /** Whether it is a stage of this product: another product may have a stack of the same name. */
  readonly isOwn: boolean;
  /** Whether deleting the stack keeps the table. */
  readonly keepsTable: boolean;
}

/** The resources with the data of a stage, by physical names. */
export interface DataResources {
  readonly buckets: readonly string[];
  readonly tables: readonly string[];
}

/** A table of CDK's `TableV2`. */
const TABLE = 'AWS::DynamoDB::GlobalTable';
/** The output by which operators find a stack; the template has it in every state of the deployment. */
const TABLE_OUTPUT = outputName('FLOWSERV_TABLE');
const BUCKET = 'AWS::S3::Bucket';

/** Undefined if the stack does not exist. */
export async function findLiveStack(
  client: CloudFormationClient,
  name: string,
): Promise<LiveStack | undefined> {
  const stack = await describeStack(client, name);
  if (!stack?.StackId) return undefined;
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: name }));
  const { Resources, Outputs } = readTemplate(TemplateBody);
  const tables = Object.values<unknown>(Object(Resources)).filter(
    (resource) => Object(resource).Type === TABLE,
  );
  return {
    id: stack.StackId,
    status: stack.StackStatus ?? 'UNKNOWN',
    protected: stack.EnableTerminationProtection === true,
    // Without a template nothing was created yet.
    isOwn: !TemplateBody || Object.hasOwn(Object(Outputs), TABLE_OUTPUT),
    keepsTable: tables.every((table) => Object(table).DeletionPolicy !== 'Delete'),
  };
}

/** A template of this product is JSON; other formats are ignored. */
function readTemplate(text: string | undefined): {
  readonly Resources?: unknown;
  readonly Outputs?: unknown;
} {
  try {
    return Object(JSON.parse(text || '{}'));
  } catch {
    return {};
  }
}

/** The newest of the deleted stacks of a name; CloudFormation lists them for 90 days. */
export async function findDeletedStack(
  client: CloudFormationClient,
  name: string,
): Promise<string | undefined> {
  const found: StackSummary[] = [];
  const input = { StackStatusFilter: ['DELETE_COMPLETE' as const] };
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, input)) {
    found.push(...StackSummaries.filter(({ StackName }) => StackName === name));
  }
  const time = ({ DeletionTime }: StackSummary) => DeletionTime?.getTime() ?? 0;
  return found.sort((a, b) => time(b) - time(a))[0]?.StackId;
}

/** The buckets and tables of a stack, or those that a deleted one retained. */
export async function dataResources(
  client: CloudFormationClient,
  stack: string,
  isDeleted: boolean,
): Promise<DataResources> {
  const all = (await resourcesOf(client, stack)).filter(
    ({ ResourceStatus }) => !isDeleted || ResourceStatus === 'DELETE_SKIPPED',
  );
  const namesOf = (type: string) =>
    all.flatMap(({ ResourceType, PhysicalResourceId }) =>
      ResourceType === type && PhysicalResourceId ? [PhysicalResourceId] : [],
    );
  return { buckets: namesOf(BUCKET), tables: namesOf(TABLE) };
}

export async function startDeletion(client: CloudFormationClient, id: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: id }));
}

/** Progress of the deletion of a stack. */
export interface Deletion {
  readonly status: string;
  readonly deleted: number;
  readonly total: number;
  /** Resources that could not be deleted, with the reason. */
  readonly failures: readonly string[];
}

export async function readDeletion(client: CloudFormationClient, id: string): Promise<Deletion> {
  const [stack, resources] = await Promise.all([describeStack(client, id), resourcesOf(client, id)]);
  return {
    status: stack?.StackStatus ?? 'DELETE_COMPLETE',
    deleted: resources.filter(({ ResourceStatus: status }) =>
      /^DELETE_(COMPLETE|SKIPPED)$/.test(status ?? ''),
    ).length,
    total: resources.length,
    failures: resources
      .filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_FAILED')
      .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`),
  };
}
