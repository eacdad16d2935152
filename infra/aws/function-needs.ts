import type { FunctionName } from '../functions.ts';
import type { QueueName } from '../queues.ts';

/** Prefixes of object keys by owner, as `shared/volumes/keys.ts` makes them. */
export const KEYS = {
  /** Everything of all workflows: versions, leaderboards, uploads and kept files. */
  workflows: 'w/*',
  versions: 'w/*/static/*',
  leaderboards: 'w/*/boards/*',
  groups: 'w/*/groups/*',
  runs: 'w/*/runs/*',
  sources: 'w/*/sources/*',
  crates: 'w/*/crates/*',
  starterKits: 'w/*/kits/*',
  /** Everything that runs store between their steps, in bucket `work`. */
  work: 'r/*',
  /** Archives of submissions, in the same bucket. */
  submissionArchives: 'a/*',
} as const;

/**
 * Operations on items, by the names of `shared/store/table.ts`. The actions of a transaction need the same
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
 * Partitions of accounts and sessions, and of the secrets of webhooks. A function may use them only as its `accounts` allow; everything else there is
 * denied, whatever its other permissions are. Only `auth` has no such denial: its permissions are limited to these
 * partitions. The list of users is separate, since `USER*` would include the users themselves.
 */
export const ACCOUNTS = ['USER*', 'USERS*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*', 'WEBHOOKSECRET#*'] as const;

type ObjectAction = 'get' | 'put' | 'delete' | 'abort' | 'parts';
export const OBJECT_ACTIONS: Record<ObjectAction, readonly string[]> = {
  get: ['s3:GetObject'],
  put: ['s3:PutObject'],
  delete: ['s3:DeleteObject'],
  // What `put` does not cover of multipart uploads.
  abort: ['s3:AbortMultipartUpload'],
  parts: ['s3:ListMultipartUploadParts'],
};

/** What a function may do. An absent part permits nothing. */
export interface Needs {
  /** Operations on items of the table; no function scans. */
  readonly table: readonly ItemAction[];
  /** Partitions of the table that it is limited to; all if absent. */
  readonly partitions?: readonly string[];
  /** Operations that it is limited to in other partitions. */
  readonly narrower?: readonly {
    readonly table: readonly ItemAction[];
    readonly partitions: readonly string[];
  }[];
  /** Operations in the partitions of accounts; none if absent. Undefined for the function that manages accounts. */
  readonly accounts: Partial<Record<(typeof ACCOUNTS)[number], readonly ItemAction[]>> | undefined;
  readonly data?: Partial<Record<ObjectAction, readonly string[]>>;
  readonly work?: readonly ObjectAction[];
  /** In the same bucket, archives of submissions. */
  readonly submissionArchives?: readonly ObjectAction[];
  /**
   * Buckets in which it distinguishes an absent object from a forbidden one, or lists what it deletes. S3 responds with
   * 404 only to callers who may list the whole bucket (Amazon S3, GetObject, Permissions).
   */
  readonly list?: readonly ('data' | 'work')[];
  readonly send?: readonly QueueName[];
  readonly executions?: readonly ('start' | 'stop' | 'describe')[];
  /** Whether it reads the index, which has only keys. */
  readonly index?: boolean;
}

/** The calls of the end-to-end tests prove that these are exact: `test/permissions/recorded.test.ts`. */
export const needs: Record<FunctionName, Needs> = {
  // Whose session it is, who may become a member, the groups of each user, and the list of users.
  api: {
    table: ALL_ITEM_ACTIONS,
    accounts: {
      'USER*': ['get', 'getMany', 'list', 'put', 'remove', 'check'],
      'USERS*': ['list'],
      'TOKEN#*': ['get'],
      'WEBHOOKSECRET#*': ['put', 'remove'],
    },
    data: {
      get: [KEYS.workflows],
      put: [KEYS.groups, KEYS.sources],
      delete: [KEYS.groups, KEYS.sources],
      abort: [KEYS.groups, KEYS.sources],
      parts: [KEYS.groups, KEYS.sources],
    },
    submissionArchives: ['get'],
    list: ['data'],
    // The runs of a workflow by time.
    index: true,
    send: ['archive', 'install', 'leaderboard', 'notify', 'purge'],
  },
  // Accounts, sessions, API tokens and password requests, but no object.
  auth: {
    table: ['get', 'list', 'put', 'update', 'remove', 'check'],
    partitions: [
      ...['USER#*', 'USERS*', 'NAME#USER#*', 'TOKEN#*', 'TOKENUSE#*'],
      ...['RESET#*', 'CREDENTIAL#*', 'ATTEMPTS#*'],
    ],
    // Of the workflow of an API token: whether it exists, the role of the user there, and the audit list. Of all
    // workflows: whether a user who deletes the account is the last owner.
    narrower: [
      { table: ['get', 'getMany', 'list', 'check'], partitions: ['WORKFLOW#*'] },
      { table: ['list'], partitions: ['WORKFLOWS'] },
      { table: ['put'], partitions: ['AUDIT#*'] },
    ],
    send: ['mail', 'purge'],
    accounts: undefined,
  },
  // Removes what it stored for a run that could not be created. Over GA4GH WES it also lists the caller's groups, and
  // stores the attachments of a run request as uploads of the group.
  runs: {
    table: ALL_ITEM_ACTIONS,
    accounts: { 'USER*': ['get', 'list'], 'TOKEN#*': ['get'] },
    data: {
      get: [KEYS.versions, KEYS.groups, KEYS.runs, KEYS.leaderboards],
      put: [KEYS.groups, KEYS.runs],
      delete: [KEYS.groups, KEYS.runs],
    },
    // The output of steps.
    work: ['get'],
    list: ['data', 'work'],
    send: ['leaderboard', 'dispatch', 'notify', 'purge', 'remote'],
    executions: ['stop'],
  },
  // The function that tasks call: it reads what it needs to check a ticket, signs links, and records which step begins.
  broker: {
    table: ['get', 'getMany'],
    partitions: ['RUN#*', 'WORKFLOW#*'],
    narrower: [{ table: ['put', 'update'], partitions: ['RUN#*'] }],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.groups, KEYS.runs], put: [KEYS.runs] },
    work: ['get', 'put'],
    list: ['work'],
  },
  // Copies recorded outputs from one run to another.
  'next-step': {
    table: ['get', 'getMany', 'list', 'put', 'update', 'remove', 'check'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.runs], put: [KEYS.runs] },
    work: ['get', 'put'],
    list: ['data', 'work'],
  },
  'settle-run': {
    table: ['get', 'getMany', 'list', 'put', 'update'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.runs], put: [KEYS.runs] },
    work: ['get'],
    list: ['work'],
    send: ['leaderboard', 'dispatch', 'notify'],
    executions: ['stop'],
  },
  dispatch: {
    table: ['get', 'list', 'update', 'remove'],
    accounts: {},
    send: ['dispatch', 'remote'],
    executions: ['start'],
  },
  // Completes what others left unfinished: settles runs, purges what is deleted, and removes lost snapshots.
  sweep: {
    table: ALL_ITEM_ACTIONS,
    // It removes the member items of the groups that it deletes, deleted accounts, and the secrets of deleted workflows.
    accounts: { 'USER*': ['list', 'update', 'remove'], 'WEBHOOKSECRET#*': ['remove'] },
    index: true,
    data: {
      get: [KEYS.versions, KEYS.runs],
      put: [KEYS.runs],
      delete: [KEYS.workflows],
      abort: [KEYS.groups, KEYS.sources],
    },
    work: ['get', 'delete'],
    submissionArchives: ['delete'],
    list: ['data', 'work'],
    send: ['install', 'leaderboard', 'dispatch', 'notify', 'purge', 'remote'],
    executions: ['start', 'stop', 'describe'],
  },
  // Gives the inputs of runs to remote engines, and stores what they return. `permissions.ts` adds the engines' tokens.
  'remote-runs': {
    table: ['get', 'getMany', 'list', 'put', 'update', 'check'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.groups, KEYS.runs], put: [KEYS.runs] },
    work: ['get', 'put'],
    send: ['leaderboard', 'dispatch', 'notify'],
  },
  // Copies files between storage volumes and the files of runs. `permissions.ts` adds the volumes' secrets and buckets.
  transfer: {
    table: ['get', 'list'],
    accounts: {},
    data: { get: [KEYS.versions, KEYS.groups, KEYS.runs] },
    work: ['get', 'put', 'delete'],
    list: ['work'],
  },
  // Packs what runs keep and what went into them, and deletes it again if run or workflow were deleted meanwhile.
  archive: {
    table: ['get', 'getMany'],
    partitions: ['RUN#*', 'GROUP#*', 'RESULTS#*', 'WORKFLOW#*', 'WORKFLOWS', 'ARCHIVES#*'],
    // The runs of all groups, and the progress of an archive of them.
    narrower: [
      { table: ['list'], partitions: ['WORKFLOW#*', 'GROUP#*'] },
      { table: ['update'], partitions: ['ARCHIVES#*'] },
    ],
    accounts: {},
    data: {
      get: [KEYS.runs, KEYS.groups, KEYS.versions, KEYS.crates, KEYS.starterKits],
      put: [KEYS.runs, KEYS.crates, KEYS.starterKits],
      delete: [KEYS.runs, KEYS.crates, KEYS.starterKits],
    },
    submissionArchives: ['get', 'put', 'delete'],
    list: ['data'],
    send: ['archive'],
  },
  // Sends notifications to addresses that users chose: it has no file, and of the table only what it sends.
  notify: {
    table: ['get', 'list', 'put', 'update', 'remove'],
    partitions: ['WEBHOOKS#*'],
    narrower: [
      { table: ['get'], partitions: ['WEBHOOKSECRET#*'] },
      { table: ['get', 'list'], partitions: ['SUBSCRIPTIONS#*'] },
      // Mails are counted.
      { table: ['put', 'update'], partitions: ['ATTEMPTS#*'] },
    ],
    send: ['notify'],
    accounts: { 'WEBHOOKSECRET#*': ['get'] },
  },
  // Reads the zips of organisers, and stores versions. `installer.ts` adds state machines and the role that they have.
  install: {
    table: ['get', 'list', 'put', 'update', 'remove', 'check'],
    accounts: {},
    data: {
      get: [KEYS.versions, KEYS.sources],
      put: [KEYS.versions],
      delete: [KEYS.versions, KEYS.sources],
      abort: [KEYS.sources],
    },
    list: ['data'],
    send: ['leaderboard'],
  },
  // Reads results, writes snapshots, and starts post-processing runs and those that score others again.
  leaderboard: {
    table: ['get', 'getMany', 'list', 'put', 'update', 'remove'],
    accounts: {},
    data: {
      get: [KEYS.versions, KEYS.groups, KEYS.runs],
      put: [KEYS.leaderboards, KEYS.runs],
      delete: [KEYS.leaderboards, KEYS.runs],
    },
    list: ['data'],
    send: ['leaderboard', 'dispatch', 'notify'],
  },
};
