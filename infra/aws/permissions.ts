import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import type { FunctionName } from '../functions.ts';
import { queueFeeds, queueNames } from '../queues.ts';
import { allow, deny, type Grantee } from './allow.ts';
import { createdArns } from './arns.ts';
import type { Compute } from './compute.ts';
import type { Data } from './data.ts';
import {
  ACCOUNTS,
  ALL_ITEM_ACTIONS,
  ITEM_ACTIONS,
  type ItemAction,
  KEYS,
  type Needs,
  needs,
  OBJECT_ACTIONS,
} from './function-needs.ts';
import { grantLogStreams } from './logs.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

export interface FunctionResources {
  readonly stage: Stage;
  readonly data: Data;
  readonly compute: Compute;
  readonly queues: Queues;
}

/** Grants a function's role what the function needs, and nothing else. */
export function grantPermissions(
  name: FunctionName,
  role: Role,
  log: LogGroup,
  resources: FunctionResources,
): void {
  const { stage, compute, queues } = resources;
  grantLogStreams(role, log);
  grantNeeds(role, needs[name], resources);
  for (const queue of queueNames.filter((each) => queueFeeds[each].function === name)) {
    grantFeed(role, queues[queue].queue);
  }
  if (name === 'next-step' || name === 'install') grantRegistration(role, compute);
  if (name === 'remote-runs') grantTokens(role, stage);
  if (name === 'transfer') grantVolumes(role, stage);
  if ((name === 'auth' || name === 'notify') && stage.mailFrom !== undefined) grantMail(role, stage.mailFrom);
}

/** Grants access to the table, the buckets, the queues and the executions. */
export function grantNeeds(
  grantee: Grantee,
  needed: Needs,
  { stage, data, queues }: FunctionResources,
): void {
  const { table, partitions, narrower = [], accounts, index, send = [], executions = [] } = needed;
  grantTable(grantee, data.table, table, partitions);
  for (const part of narrower) grantTable(grantee, data.table, part.table, part.partitions);
  if (accounts) denyAccounts(grantee, data.table, accounts);
  if (index) grantIndex(grantee, data.table);
  grantObjects(grantee, data, needed);
  for (const queue of send) queues[queue].queue.grant(grantee, 'sqs:SendMessage');
  grantExecutions(grantee, stage, executions);
}

/** Permits operations on the table. Every request names its partitions, as none is a Scan, so the condition applies. */
function grantTable(
  grantee: Grantee,
  table: TableV2,
  actions: readonly ItemAction[],
  partitions?: readonly string[],
): void {
  const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } };
  allow(grantee, {
    actions: actions.map((action) => ITEM_ACTIONS[action]),
    resources: [table.tableArn],
    ...(partitions ? { conditions } : {}),
    why: 'one table',
  });
}

/** Denies operations on accounts, with one statement for all partitions with the same denied operations. */
function denyAccounts(grantee: Grantee, table: TableV2, allowed: NonNullable<Needs['accounts']>): void {
  const deniedIn = (partition: (typeof ACCOUNTS)[number]) =>
    ALL_ITEM_ACTIONS.filter((action) => !allowed[partition]?.includes(action));
  for (const [actions, partitions] of Map.groupBy(ACCOUNTS, (partition) => deniedIn(partition).join())) {
    deny(grantee, {
      actions: actions.split(',').map((action) => ITEM_ACTIONS[action as ItemAction]),
      resources: [table.tableArn],
      conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': partitions } },
    });
  }
}

function grantIndex(grantee: Grantee, table: TableV2): void {
  const index = `${table.tableArn}/index/${tableDefinition.dueIndex.name}`;
  allow(grantee, { actions: ['dynamodb:Query'], resources: [index], why: 'one index' });
}

function grantObjects(
  grantee: Grantee,
  { dataBucket, workBucket }: Data,
  { data = {}, work = [], submissionArchives = [], list = [] }: Needs,
) {
  for (const action of ['get', 'put', 'delete', 'abort', 'parts'] as const) {
    const resources = [
      ...(data[action] ?? []).map((pattern) => dataBucket.arnForObjects(pattern)),
      ...(work.includes(action) ? [workBucket.arnForObjects(KEYS.work)] : []),
      ...(submissionArchives.includes(action) ? [workBucket.arnForObjects(KEYS.submissionArchives)] : []),
    ];
    const why = 'keys hold ids that are created at run time; the prefix is as narrow as the work';
    if (resources.length > 0) allow(grantee, { actions: OBJECT_ACTIONS[action], resources, why });
  }
  const buckets = { data: dataBucket, work: workBucket };
  const resources = list.map((bucket) => buckets[bucket].bucketArn);
  if (resources.length > 0) allow(grantee, { actions: ['s3:ListBucket'], resources, why: 'whole buckets' });
}

/** Permits Lambda to poll a queue (SQS, "Configuring a queue to trigger a Lambda function"). */
function grantFeed(role: Role, queue: Queue): void {
  queue.grant(role, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
}

function grantExecutions(grantee: Grantee, stage: Stage, executions: NonNullable<Needs['executions']>): void {
  const arns = createdArns(grantee, stage);
  const why = 'state machines of this stage, which are created when workflows are installed';
  if (executions.includes('start')) {
    allow(grantee, { actions: ['states:StartExecution'], resources: [arns.stateMachines], why });
  }
  const others = { stop: 'states:StopExecution', describe: 'states:DescribeExecution' };
  const actions = executions.flatMap((each) => (each === 'start' ? [] : [others[each]]));
  if (actions.length > 0) allow(grantee, { actions, resources: [arns.executions], why });
}

/** A participant's image is registered when its first run uses it, one of a template when the workflow is installed. */
export function grantRegistration(grantee: Grantee, { executionRole }: Compute): void {
  allow(grantee, {
    actions: ['ecs:RegisterTaskDefinition'],
    resources: ['*'],
    // IAM's reference names task definitions as the resource, but error messages of IAM named `*`: with a narrower
    // resource the role might not register anything.
    why: 'a definition can name the one role below at most',
  });
  allow(grantee, {
    actions: ['iam:PassRole'],
    resources: [executionRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    why: 'one role, to ECS only',
  });
}

/** Permits reading the tokens of remote engines. */
function grantTokens(role: Role, { engines }: Stage): void {
  const resources = [...new Set(engines.flatMap(({ tokenSecret }) => tokenSecret ?? []))];
  if (resources.length === 0) return;
  allow(role, { actions: ['secretsmanager:GetSecretValue'], resources, why: 'the secrets of the settings' });
}

/** Requests that are encrypted and signed in their headers, so that no link can be made. */
const WITHOUT_LINKS = {
  StringEquals: { 's3:authType': 'REST-HEADER' },
  Bool: { 'aws:SecureTransport': 'true' },
};

/**
 * Permits reading the credentials of storage volumes, and the buckets of Amazon S3 that have none: the function uses its
 * own role there.
 */
function grantVolumes(role: Role, { volumes }: Stage): void {
  const secrets = [...new Set(volumes.flatMap(({ credentialsSecret }) => credentialsSecret ?? []))];
  if (secrets.length > 0) {
    const actions = ['secretsmanager:GetSecretValue'];
    allow(role, { actions, resources: secrets, why: 'the secrets of the settings' });
  }
  for (const volume of volumes) {
    const { type, credentialsSecret, args, readOnly } = volume;
    if (type !== 's3' || credentialsSecret !== undefined || args.endpoint !== undefined) continue;
    const bucket = `arn:aws:s3:::${args.bucket}`;
    const prefix = String(args.prefix ?? '').replace(/(?<!\/)\/+$/, '');
    const below = prefix === '' ? '*' : `${prefix}/*`;
    const why = 'the files of a storage volume, below its prefix';
    for (const action of ['s3:GetObject', ...(readOnly ? [] : ['s3:PutObject'])]) {
      allow(role, { actions: [action], resources: [`${bucket}/${below}`], conditions: WITHOUT_LINKS, why });
    }
    // Without this permission S3 does not say that an object is missing.
    allow(role, { actions: ['s3:ListBucket'], resources: [bucket], why: 'whole buckets' });
  }
}

/**
 * SES also authorizes the configuration set that an identity may have (SES, "Configuration sets", "Default
 * configuration sets").
 */
function grantMail(role: Role, from: string): void {
  allow(role, {
    actions: ['ses:SendEmail'],
    resources: ['identity', 'configuration-set'].map((resource) =>
      Stack.of(role).formatArn({ service: 'ses', resource, resourceName: '*' }),
    ),
    conditions: { StringEquals: { 'ses:FromAddress': from } },
    why: 'the identity is the address or its domain, depending on which is verified; the sender is fixed',
  });
}
