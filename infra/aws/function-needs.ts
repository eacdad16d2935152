import type { FunctionName } from '../functions.ts';
import type { QueueName } from '../queues.ts';

/** Keys of objects by what they belong to, as `shared/volumes/keys.ts` makes them. */
export const KEYS = {
  /** Everything of all workflows: versions, leaderboards, uploads and kept files. */
  workflows: 'w/*',
  versions: 'w/*/static/*',
  leaderboards: 'w/*/boards/*',
  groups: 'w/*/groups/*',
  runs: 'w/*/runs/*',
  /** Everything between the steps of runs, in bucket `work`. */
  work: 'r/*',
} as const;

/**
 * What is done with items, by the names of `shared/store/table.ts`. The actions of a transaction need the same
 * permissions as single ones (DynamoDB, "Using IAM with DynamoDB transactions").
 */
export const ITEM_ACTIONS = {
  get: 'dynamodb:GetItem',
  getMany: 'dynamodb:BatchGetItem',
  list: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  remove: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
} as const;
export type ItemAction = keyof typeof ITEM_ACTIONS;
export const ALL_ITEM_ACTIONS: readonly ItemAction[] = [
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
export const ACCOUNTS = ['USER*', 'USERS*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*'] as const;

type ObjectAction = 'get' | 'put' | 'delete' | 'abort' | 'parts';
export const OBJECT_ACTIONS: Record<ObjectAction, readonly string[]> = {
  get: ['s3:GetObject'],
  put: ['s3:PutObject'],
  delete: ['s3:DeleteObject'],
  // What `put` does not cover of uploads in parts.
  abort: ['s3:AbortMultipartUpload'],
  parts: ['s3:ListMultipartUploadParts'],
};

/** What a function may do. Absent parts are nothing. */
export interface Needs {
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
export const needs: Record<FunctionName, Needs> = {
  // Whose session it is, who may become a member, and the groups that each user is a member of.
  api: {
    table: ALL_ITEM_ACTIONS,
    accounts: { 'USER*': ['get', 'getMany', 'list', 'put', 'remove'], 'TOKEN#*': ['get'] },
    data: {
      get: [KEYS.workflows],
      put: [KEYS.groups],
      delete: [KEYS.groups],
      abort: [KEYS.groups],
      parts: [KEYS.groups],
    },
    list: ['data'],
    send: ['archive', 'leaderboard', 'purge'],
  },
  // Accounts, sessions and password requests, and not one object.
  auth: {
    table: ['get', 'list', 'put', 'update', 'remove'],
    partitions: ['USER#*', 'USERS*', 'NAME#USER#*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*', 'ATTEMPTS#*'],
    send: ['mail'],
    accounts: undefined,
  },
  // Takes back what it has stored for a run that does not come about.
  runs: {
    table: ALL_ITEM_ACTIONS,
    accounts: { 'USER*': ['get'], 'TOKEN#*': ['get'] },
    data: {
      get: [KEYS.versions, KEYS.groups, KEYS.runs],
      put: [KEYS.runs],
      delete: [KEYS.runs],
    },
    list: ['data'],
    send: ['leaderboard', 'dispatch', 'purge'],
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
    send: ['leaderboard', 'dispatch'],
    executions: ['stop'],
  },
  dispatch: {
    table: ['get', 'list', 'update', 'remove'],
    accounts: {},
    send: ['dispatch'],
    executions: ['start'],
  },
  // Completes whatever others have left: it settles runs, purges what is deleted, and clears away lost snapshots.
  sweep: {
    table: ALL_ITEM_ACTIONS,
    // Of groups that it deletes, it removes what says who their members are.
    accounts: { 'USER*': ['remove'] },
    index: true,
    data: {
      get: [KEYS.versions, KEYS.runs],
      put: [KEYS.runs],
      delete: [KEYS.workflows],
      abort: [KEYS.groups],
    },
    work: ['get', 'delete'],
    list: ['data', 'work'],
    send: ['leaderboard', 'dispatch', 'purge'],
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
  leaderboard: {
    table: ['get', 'getMany', 'list', 'put', 'update', 'remove'],
    accounts: {},
    data: {
      get: [KEYS.versions, KEYS.runs],
      put: [KEYS.leaderboards, KEYS.runs],
      delete: [KEYS.leaderboards, KEYS.runs],
    },
    list: ['data'],
    send: ['leaderboard', 'dispatch'],
  },
};
