import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import type { FunctionName } from '../functions.ts';
import { type QueueName, queueFeeds, queueNames } from '../queues.ts';
import { allow, deny } from './allow.ts';
import { createdArns } from './arns.ts';
import type { Compute } from './compute.ts';
import type { Data } from './data.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

export interface FunctionResources {
  readonly stage: Stage;
  readonly data: Data;
  readonly compute: Compute;
  readonly queues: Queues;
}

/** Keys of objects by what they belong to, as `shared/volumes/keys.ts` makes them. */
const KEYS = {
  /** Everything of all workflows: versions, boards, uploads and kept files. */
  workflows: 'w/*',
  versions: 'w/*/static/*',
  boards: 'w/*/boards/*',
  groups: 'w/*/groups/*',
  runs: 'w/*/runs/*',
  /** Everything between the steps of runs, in bucket `work`. */
  work: 'r/*',
} as const;

/**
 * What is done with items, by the names of `shared/store/table.ts`. The actions of a transaction need the same
 * permissions as single ones (DynamoDB, "Using IAM with DynamoDB transactions").
 */
const ITEM_ACTIONS = {
  get: 'dynamodb:GetItem',
  getMany: 'dynamodb:BatchGetItem',
  list: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  remove: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
} as const;
type ItemAction = keyof typeof ITEM_ACTIONS;
const ALL_ITEM_ACTIONS: readonly ItemAction[] = [
  'get',
  'getMany',
  'list',
  'put',
  'update',
  'remove',
  'check',
];

/**
 * Partitions of accounts and sessions. A function may do there what its `accounts` say; all else is denied to it,
 * whatever its other permissions would allow. Only `auth` is kept to these partitions by what it is allowed instead.
 * The list of users stands apart, since `USER*` would open it with the users themselves.
 */
const ACCOUNTS = ['USER*', 'USERS*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*'] as const;

type ObjectAction = 'get' | 'put' | 'delete' | 'parts';
const OBJECT_ACTIONS: Record<ObjectAction, readonly string[]> = {
  get: ['s3:GetObject'],
  put: ['s3:PutObject'],
  delete: ['s3:DeleteObject'],
  // What `put` does not cover of uploads in parts.
  parts: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
};

/** What a function may do. Absent parts are nothing. */
interface Needs {
  /** What it does with items of the table; nobody scans. */
  readonly table: readonly ItemAction[];
  /** Partitions of the table that it is kept to; all of them where it has business everywhere. */
  readonly partitions?: readonly string[];
  /** What it does in the partitions of accounts; nothing where absent. Undefined for the function of accounts. */
  readonly accounts: Partial<Record<(typeof ACCOUNTS)[number], readonly ItemAction[]>> | undefined;
  readonly data?: Partial<Record<ObjectAction, readonly string[]>>;
  readonly work?: readonly ObjectAction[];
  /**
   * Buckets in which it tells an absent object from a forbidden one, or lists what it deletes. S3 answers 404
   * only to those who may list the whole bucket (Amazon S3, GetObject, Permissions).
   */
  readonly list?: readonly ('data' | 'work')[];
  readonly send?: readonly QueueName[];
  readonly executions?: readonly ('start' | 'stop' | 'describe')[];
  /** Whether it asks the due index what to look at. */
  readonly index?: boolean;
}

/** Proven to be exact by the calls of the end-to-end tests: `test/permissions/recorded.test.ts`. */
const needs: Record<FunctionName, Needs> = {
  // Whose session it is, who may become a member, and the groups that each user is a member of.
  api: {
    table: ALL_ITEM_ACTIONS,
    accounts: { 'USER*': ['get', 'getMany', 'list', 'put', 'remove'], 'TOKEN#*': ['get'] },
    data: { get: [KEYS.workflows], put: [KEYS.groups], delete: [KEYS.groups], parts: [KEYS.groups] },
    list: ['data'],
    send: ['archive', 'board'],
  },
  // Accounts, sessions and password requests, and not one object.
  auth: {
    table: ['get', 'list', 'put', 'update', 'remove'],
    partitions: ['USER#*', 'USERS*', 'NAME#USER#*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*', 'ATTEMPTS#*'],
    send: ['mail'],
    accounts: undefined,
  },
  // Deletes runs and groups with all that is theirs.
  runs: {
    table: ALL_ITEM_ACTIONS,
    accounts: { 'USER*': ['get', 'remove'], 'TOKEN#*': ['get'] },
    data: {
      get: [KEYS.versions, KEYS.groups, KEYS.runs],
      put: [KEYS.runs],
      delete: [KEYS.groups, KEYS.runs],
    },
    work: ['delete'],
    list: ['data', 'work'],
    send: ['board', 'dispatch'],
    executions: ['stop'],
  },
  // The one that tasks reach: it reads what it needs to know a ticket, and signs links.
  broker: {
    table: ['get', 'getMany'],
    partitions: ['RUN#*', 'WORKFLOW#*'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.groups, KEYS.runs], put: [KEYS.runs] },
    work: ['get', 'put'],
  },
  'next-step': {
    table: ['get', 'list', 'put', 'update', 'remove', 'check'],
    accounts: {},
    data: { get: [KEYS.runs] },
    work: ['get'],
    list: ['work'],
  },
  'settle-run': {
    table: ['get', 'list', 'put', 'update'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.runs], put: [KEYS.runs] },
    work: ['get'],
    list: ['work'],
    send: ['board', 'dispatch'],
    executions: ['stop'],
  },
  dispatch: { table: ['get', 'list', 'update', 'remove'], accounts: {}, executions: ['start'] },
  // Completes whatever others have left: it settles runs, deletes runs and groups, and clears away lost snapshots.
  sweep: {
    table: ['get', 'list', 'put', 'update', 'remove'],
    // Of groups that it deletes, it removes what says who their members are.
    accounts: { 'USER*': ['remove'] },
    index: true,
    data: {
      get: [KEYS.versions, KEYS.runs],
      put: [KEYS.runs],
      delete: [KEYS.boards, KEYS.groups, KEYS.runs],
      parts: [KEYS.groups],
    },
    work: ['get', 'delete'],
    list: ['data', 'work'],
    send: ['board', 'dispatch'],
    executions: ['start', 'stop', 'describe'],
  },
  // Packs what runs have kept, and takes it back where the run has been deleted meanwhile.
  archive: {
    table: ['get'],
    partitions: ['RUN#*'],
    accounts: {},
    data: { get: [KEYS.runs], put: [KEYS.runs], delete: [KEYS.runs] },
    list: ['data'],
  },
  // Reads results, writes snapshots, and starts post-processing runs.
  board: {
    table: ['get', 'getMany', 'list', 'put', 'update', 'remove'],
    accounts: {},
    data: {
      get: [KEYS.versions, KEYS.runs],
      put: [KEYS.boards, KEYS.runs],
      delete: [KEYS.boards, KEYS.runs],
    },
    list: ['data'],
    send: ['board', 'dispatch'],
  },
};

/** Gives a function's role what the function needs, and nothing else. */
export function grantPermissions(
  name: FunctionName,
  role: Role,
  log: LogGroup,
  { stage, data, compute, queues }: FunctionResources,
): void {
  const { table, partitions, accounts, index, send = [], executions = [] } = needs[name];
  allow(role, {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [log.logGroupArn],
    why: 'streams of its own log group',
  });
  grantTable(role, data.table, table, partitions);
  if (accounts) denyAccounts(role, data.table, accounts);
  if (index) grantDueIndex(role, data.table);
  grantObjects(role, data, needs[name]);
  for (const queue of send) queues[queue].queue.grant(role, 'sqs:SendMessage');
  for (const queue of queueNames.filter((each) => queueFeeds[each].function === name)) {
    grantFeed(role, queues[queue].queue);
  }
  grantExecutions(role, stage, executions);
  if (name === 'next-step') grantRegistration(role, compute);
  if (name === 'auth' && stage.mailFrom !== undefined) grantMail(role, stage.mailFrom);
}

/** Without Scan every request names its partitions, which the condition then sees. */
function grantTable(
  role: Role,
  table: TableV2,
  actions: readonly ItemAction[],
  partitions?: readonly string[],
): void {
  const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } };
  allow(role, {
    actions: actions.map((action) => ITEM_ACTIONS[action]),
    resources: [table.tableArn],
    ...(partitions ? { conditions } : {}),
    why: 'one table',
  });
}

/** One statement for the partitions to which the same actions are denied. */
function denyAccounts(role: Role, table: TableV2, allowed: NonNullable<Needs['accounts']>): void {
  const deniedIn = (partition: (typeof ACCOUNTS)[number]) =>
    ALL_ITEM_ACTIONS.filter((action) => !allowed[partition]?.includes(action));
  for (const [actions, partitions] of Map.groupBy(ACCOUNTS, (partition) => deniedIn(partition).join())) {
    deny(role, {
      actions: actions.split(',').map((action) => ITEM_ACTIONS[action as ItemAction]),
      resources: [table.tableArn],
      conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': partitions } },
    });
  }
}

function grantDueIndex(role: Role, table: TableV2): void {
  const index = `${table.tableArn}/index/${tableDefinition.dueIndex.name}`;
  allow(role, { actions: ['dynamodb:Query'], resources: [index], why: 'one index' });
}

function grantObjects(
  role: Role,
  { dataBucket, workBucket }: Data,
  { data = {}, work = [], list = [] }: Needs,
) {
  for (const action of ['get', 'put', 'delete', 'parts'] as const) {
    const resources = [
      ...(data[action] ?? []).map((pattern) => dataBucket.arnForObjects(pattern)),
      ...(work.includes(action) ? [workBucket.arnForObjects(KEYS.work)] : []),
    ];
    const why = 'keys hold ids that are made while the product runs; the prefix is as narrow as the work';
    if (resources.length > 0) allow(role, { actions: OBJECT_ACTIONS[action], resources, why });
  }
  const buckets = { data: dataBucket, work: workBucket };
  const resources = list.map((bucket) => buckets[bucket].bucketArn);
  if (resources.length > 0) allow(role, { actions: ['s3:ListBucket'], resources, why: 'whole buckets' });
}

/** What Lambda needs to poll a queue (SQS, "Configuring a queue to trigger a Lambda function"). */
function grantFeed(role: Role, queue: Queue): void {
  queue.grant(role, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
}

function grantExecutions(role: Role, stage: Stage, executions: NonNullable<Needs['executions']>): void {
  const arns = createdArns(role, stage);
  const why = 'machines of this stage, which are created when workflows are installed';
  if (executions.includes('start')) {
    allow(role, { actions: ['states:StartExecution'], resources: [arns.machines], why });
  }
  const others = { stop: 'states:StopExecution', describe: 'states:DescribeExecution' };
  const actions = executions.flatMap((each) => (each === 'start' ? [] : [others[each]]));
  if (actions.length > 0) allow(role, { actions, resources: [arns.executions], why });
}

/** A participant's image is registered when its first run gets to it. */
function grantRegistration(role: Role, { executionRole }: Compute): void {
  allow(role, {
    actions: ['ecs:RegisterTaskDefinition'],
    resources: ['*'],
    why: 'registering takes no resource; a definition can name the one role below at most',
  });
  allow(role, {
    actions: ['iam:PassRole'],
    resources: [executionRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    why: 'one role, to ECS only',
  });
}

function grantMail(role: Role, from: string): void {
  allow(role, {
    actions: ['ses:SendEmail'],
    resources: [Stack.of(role).formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
    conditions: { StringEquals: { 'ses:FromAddress': from } },
    why: 'the identity is the address or its domain, whichever was verified; the sender is fixed',
  });
}
