import { createHash } from 'node:crypto';
import { type Key, META } from './key.ts';
import { webhookKeys } from './webhook-keys.ts';

export type { Key } from './key.ts';

/**
 * Names are hashed in keys: 512 characters of UTF-8 may take 2,048 bytes, the maximum of a partition key without any
 * prefix (DynamoDB quotas).
 */
const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

/** All keys of the table. Ids are our own (hex) or match `[A-Za-z0-9_]{1,32}`. */
export const keys = {
  user: (userId: string): Key => ({ pk: `USER#${userId}`, sk: META }),
  /** Credentials of a user, in a partition that only the functions for accounts and sessions may access. */
  credential: (userId: string): Key => ({ pk: `CREDENTIAL#${userId}`, sk: META }),
  /** Reservations of names: `name-keys.ts` defines which form of a name is reserved. */
  userName: (name: string): Key => ({ pk: `NAME#USER#${digest(name)}`, sk: META }),
  /** Entry in the list of active users, sorted by name. */
  userEntry: (name: string, userId: string): Key => ({ pk: 'USERS', sk: `${nameOrder(name)}#${userId}` }),
  /** Entries of users with that name in any case, among others. */
  userEntriesOf: (name: string) => ({ pk: 'USERS', prefix: `${nameOrder(name)}#` }),
  /** Entry in the operator's list of all other accounts. */
  inactiveUser: (name: string, userId: string): Key => ({
    pk: 'USERS#INACTIVE',
    sk: `${nameOrder(name)}#${userId}`,
  }),
  inactiveUsers: () => ({ pk: 'USERS#INACTIVE', prefix: '' }),
  userEntryPrefix: (prefix: string) => ({ pk: 'USERS', prefix: nameOrder(prefix) }),
  token: (token: string): Key => ({ pk: `TOKEN#${digest(token)}`, sk: META }),
  /** The token of a partition key that an entry in the list of tokens contains. */
  tokenAt: (pk: string): Key => ({ pk, sk: META }),
  /**
   * The entries of a user's API tokens, in a partition with the permissions of the tokens themselves. No digest is
   * `USER`.
   */
  tokenSlot: (userId: string, slot: number): Key => ({
    pk: `TOKEN#USER#${userId}`,
    sk: String(slot).padStart(2, '0'),
  }),
  tokenSlots: (userId: string) => ({ pk: `TOKEN#USER#${userId}`, prefix: '' }),
  /** The last use of an API token, which all functions of the API record. */
  tokenUse: (userId: string, tokenId: string): Key => ({ pk: `TOKENUSE#${userId}`, sk: tokenId }),
  tokenUses: (userId: string) => ({ pk: `TOKENUSE#${userId}`, prefix: '' }),
  repeatable: (requestId: string): Key => ({ pk: `REQUEST#${requestId}`, sk: META }),
  /** A count of attempts of one kind, by subject. */
  attempts: (kind: string, subject: string): Key => ({
    pk: `ATTEMPTS#${digest(`${kind}#${subject}`)}`,
    sk: META,
  }),
  /** How much a user uses of a quota. */
  quota: (userId: string, use: string): Key => ({ pk: `QUOTA#${userId}`, sk: use }),
  quotas: (userId: string) => ({ pk: `QUOTA#${userId}`, prefix: '' }),
  /** How much a group uses of a limit of its contest. Sorts after everything that holds reservations. */
  groupUse: (groupId: string, use: string): Key => ({ pk: `GROUP#${groupId}`, sk: `USE#${use}` }),
  groupUses: (groupId: string) => ({ pk: `GROUP#${groupId}`, prefix: 'USE#' }),
  /** How much a user uses of a limit of a contest, over all of the user's groups, deleted ones included. */
  participantUse: (workflowId: string, userId: string, use: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `USE#${userId}#${use}`,
  }),
  participantUses: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'USE#' }),
  resetRequest: (requestId: string): Key => ({ pk: `RESET#${digest(requestId)}`, sk: META }),

  workflow: (workflowId: string): Key => ({ pk: `WORKFLOW#${workflowId}`, sk: META }),
  workflowName: (name: string): Key => ({ pk: `NAME#WORKFLOW#${digest(name)}`, sk: META }),
  workflowEntry: (workflowId: string): Key => ({ pk: 'WORKFLOWS', sk: workflowId }),
  workflowEntries: () => ({ pk: 'WORKFLOWS', prefix: '' }),
  /** The state machines for runs of a version since it was compiled again. */
  stateMachines: (workflowId: string, versionId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `MACHINES#${versionId}`,
  }),
  leaderboard: (workflowId: string): Key => ({ pk: `WORKFLOW#${workflowId}`, sk: 'BOARD' }),
  /** An earlier leaderboard, which a version with another result schema replaced. */
  earlierLeaderboard: (workflowId: string, rankedSince: number): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `LEADERBOARD#${numbered(rankedSince)}`,
  }),
  earlierLeaderboards: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'LEADERBOARD#' }),
  /** An entry in the list of the workflow's versions. */
  versionEntry: (workflowId: string, number: number): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `VERSION#${numbered(number)}`,
  }),
  versionEntries: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'VERSION#' }),
  /** A version whose files are being stored, until it is installed. */
  stagedVersion: (workflowId: string, versionId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `STAGED#${versionId}`,
  }),
  stagedVersions: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'STAGED#' }),
  /** A zip that an organiser uploads or uploaded, in one of a few places. */
  source: (workflowId: string, place: number): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `SOURCE#${place}`,
  }),
  sources: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'SOURCE#' }),
  /** The last request of an organiser to install a version. */
  installation: (workflowId: string): Key => ({ pk: `WORKFLOW#${workflowId}`, sk: 'INSTALLATION' }),
  /** A user with a role in the workflow. */
  workflowMember: (workflowId: string, userId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `MEMBER#${userId}`,
  }),
  /** Whether a user may take part in a benchmark whose organisers approve participants. */
  participant: (workflowId: string, userId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `PARTICIPANT#${userId}`,
  }),
  participants: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'PARTICIPANT#' }),
  /** That a user accepted a version of the rules. */
  acceptance: (workflowId: string, userId: string, version: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `ACCEPTED#${userId}#${version}`,
  }),
  acceptances: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'ACCEPTED#' }),
  /** An entry of the audit list, in a partition that functions may be allowed to write without the workflow's own. */
  audited: (workflowId: string, at: string, entryId: string): Key => ({
    pk: `AUDIT#${workflowId}`,
    sk: `${at}#${entryId}`,
  }),
  allAudited: (workflowId: string) => ({ pk: `AUDIT#${workflowId}`, prefix: '' }),
  /** What the ended runs of a month used: all of a workflow, or those of a group. */
  monthUsage: (workflowId: string, month: string): Key => ({
    pk: `USAGE#${workflowId}`,
    sk: `MONTH#${month}`,
  }),
  monthUsages: (workflowId: string) => ({ pk: `USAGE#${workflowId}`, prefix: 'MONTH#' }),
  groupUsage: (workflowId: string, month: string, groupId: string): Key => ({
    pk: `USAGE#${workflowId}`,
    sk: `GROUP#${month}#${groupId}`,
  }),
  groupUsages: (workflowId: string, month: string) => ({
    pk: `USAGE#${workflowId}`,
    prefix: `GROUP#${month}#`,
  }),
  /** Both, of all months. */
  allUsages: (workflowId: string) => ({ pk: `USAGE#${workflowId}`, prefix: '' }),
  workflowMembers: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'MEMBER#' }),
  workflowGroup: (workflowId: string, groupId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `GROUP#${groupId}`,
  }),
  workflowGroups: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'GROUP#' }),
  result: (workflowId: string, createdAt: string, runId: string): Key => ({
    pk: `RESULTS#${workflowId}`,
    sk: `${createdAt}#${runId}`,
  }),
  results: (workflowId: string) => ({ pk: `RESULTS#${workflowId}`, prefix: '' }),
  announcement: (workflowId: string, slot: number): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `ANNOUNCEMENT#${String(slot).padStart(2, '0')}`,
  }),
  announcements: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'ANNOUNCEMENT#' }),
  /** What was decided about the ranking of a group. Its runs follow it; no identifier contains `#`. */
  groupModeration: (workflowId: string, groupId: string): Key => ({
    pk: `MODERATION#${workflowId}`,
    sk: `${groupId}#`,
  }),
  runModeration: (workflowId: string, groupId: string, runId: string): Key => ({
    pk: `MODERATION#${workflowId}`,
    sk: `${groupId}#${runId}`,
  }),
  /** The decisions about a group and its runs, or about all of a workflow. */
  moderations: (workflowId: string, groupId?: string) => ({
    pk: `MODERATION#${workflowId}`,
    prefix: groupId === undefined ? '' : `${groupId}#`,
  }),

  group: (groupId: string): Key => ({ pk: `GROUP#${groupId}`, sk: META }),
  groupName: (workflowId: string, name: string): Key => ({
    pk: `NAME#GROUP#${workflowId}#${digest(name)}`,
    sk: META,
  }),
  /** The reservation of a name by its partition key. */
  nameAt: (pk: string): Key => ({ pk, sk: META }),
  membership: (userId: string, groupId: string): Key => ({ pk: `USER#${userId}`, sk: `GROUP#${groupId}` }),
  memberships: (userId: string) => ({ pk: `USER#${userId}`, prefix: 'GROUP#' }),
  /** A group that invited the user. */
  invitation: (userId: string, groupId: string): Key => ({
    pk: `USER#${userId}`,
    sk: `INVITATION#${groupId}`,
  }),
  invitations: (userId: string) => ({ pk: `USER#${userId}`, prefix: 'INVITATION#' }),
  upload: (groupId: string, fileId: string): Key => ({ pk: `GROUP#${groupId}`, sk: `FILE#${fileId}` }),
  /** A multipart upload that has begun. */
  multipartUpload: (groupId: string, fileId: string): Key => ({
    pk: `GROUP#${groupId}`,
    sk: `DIRECT#${fileId}`,
  }),
  multipartUploads: (groupId: string) => ({ pk: `GROUP#${groupId}`, prefix: 'DIRECT#' }),
  uploads: (groupId: string) => ({ pk: `GROUP#${groupId}`, prefix: 'FILE#' }),
  /** A deleted upload, whose content stays as long as runs may read it. */
  deletedUpload: (groupId: string, fileId: string): Key => ({
    pk: `GROUP#${groupId}`,
    sk: `DELETED#${fileId}`,
  }),
  runEntry: (groupId: string, createdAt: string, runId: string): Key => ({
    pk: `GROUP#${groupId}`,
    sk: `RUN#${createdAt}#${runId}`,
  }),
  runEntries: (groupId: string) => ({ pk: `GROUP#${groupId}`, prefix: 'RUN#' }),

  run: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: META }),
  runParts: (runId: string) => ({ pk: `RUN#${runId}`, prefix: '' }),
  step: (runId: string, index: number): Key => ({
    pk: `RUN#${runId}`,
    sk: `STEP#${String(index).padStart(4, '0')}`,
  }),
  steps: (runId: string) => ({ pk: `RUN#${runId}`, prefix: 'STEP#' }),
  /** The recorded outputs of a step with this key, below the group or the workflow whose runs may take them. */
  reuse: ({ pk }: Key, key: string): Key => ({ pk, sk: `REUSE#${key}` }),
  /** Those that a step of this name recorded last. */
  latestReuse: ({ pk }: Key, name: string): Key => ({ pk, sk: `REUSED#${digest(name)}` }),
  /** The run itself, then its steps in order. All other items sort before it in the partition. */
  runAndSteps: (runId: string) => ({ pk: `RUN#${runId}`, from: META }),
  /** Documents of a run or a workflow that are too large or too rarely read to be part of the item itself. */
  document: (owner: Key, name: string): Key => ({ pk: owner.pk, sk: `DOCUMENT#${name}` }),
  documents: (owner: Key) => ({ pk: owner.pk, prefix: 'DOCUMENT#' }),

  /** A request to score runs of a workflow again, by its number. */
  rescore: (workflowId: string, number: number): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `RESCORE#${numbered(number)}`,
  }),
  rescores: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'RESCORE#' }),
  /** A run that such a request names. */
  rescoredRun: (workflowId: string, number: number, runId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `RESCORED#${numbered(number)}#${runId}`,
  }),
  rescoredRuns: (workflowId: string, number: number) => ({
    pk: `WORKFLOW#${workflowId}`,
    prefix: `RESCORED#${numbered(number)}#`,
  }),
  /** The result of a run that scores another one again, until it takes the place of the other's on the leaderboard. */
  heldResult: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'HELD-RESULT' }),
  /** The former leaderboard entry of a run that was scored again. */
  formerResult: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'FORMER-RESULT' }),
  /** The entry of a deleted run that is not purged, in the partition of the list that it was in. */
  removedRun: ({ pk }: Key, createdAt: string, runId: string): Key => ({
    pk,
    sk: `REMOVED#${createdAt}#${runId}`,
  }),
  removedRuns: ({ pk }: Key) => ({ pk, prefix: 'REMOVED#' }),
  /** The former leaderboard entry of a deleted run. */
  hiddenResult: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'HIDDEN-RESULT' }),
  /** Marks that the content of a deleted upload stays because of this run. */
  keptUpload: (runId: string, fileId: string): Key => ({ pk: `RUN#${runId}`, sk: `KEPT#${fileId}` }),
  /** Marks that the archive of a run was requested. */
  archiveOrder: (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'ARCHIVE' }),
  /** Marks that the crate of a run or a workflow was requested. */
  crateOrder: (owner: Key): Key => ({ pk: owner.pk, sk: 'CRATE' }),
  /** Requests for archives of the submissions of a workflow, in a partition that its function may change. */
  submissionsRequest: (workflowId: string, id: string): Key => ({ pk: `ARCHIVES#${workflowId}`, sk: id }),
  submissionsRequests: (workflowId: string) => ({ pk: `ARCHIVES#${workflowId}`, prefix: '' }),
  /** Marks that the starter kit of a workflow was requested. */
  starterKitOrder: (workflowId: string): Key => ({ pk: `WORKFLOW#${workflowId}`, sk: 'KIT' }),

  /** Post-processing runs of a workflow in the order of their creation. */
  postprocEntry: (workflowId: string, createdAt: string, runId: string): Key => ({
    pk: `WORKFLOW#${workflowId}`,
    sk: `POSTPROC#${createdAt}#${runId}`,
  }),
  postprocEntries: (workflowId: string) => ({ pk: `WORKFLOW#${workflowId}`, prefix: 'POSTPROC#' }),

  queue: () => ({ pk: 'QUEUE', prefix: '' }),
  queued: (owner: string, number: number): Key => ({
    pk: 'QUEUE',
    sk: `${owner}#${String(number).padStart(15, '0')}`,
  }),
  /** The runs of an owner in the queue. */
  queuedOf: (owner: string) => ({ pk: 'QUEUE', prefix: `${owner}#` }),
  /** Sort key after every run of an owner in the queue, and before the next owner: `$` comes right after `#`. */
  queueAfter: (owner: string): string => `${owner}$`,
  /** Separate from the stage, so that starting a run does not conflict with the dispatcher's transactions. */
  queueCounter: (): Key => ({ pk: 'QUEUECOUNTER', sk: META }),
  /** Number of waiting runs, as the dispatcher saw it last. */
  queueLength: (): Key => ({ pk: 'QUEUECOUNTER', sk: 'LENGTH' }),
  /** vCPUs in use, the queue owner whose turn was last, and a run that was passed over. */
  capacity: (): Key => ({ pk: 'STAGE', sk: META }),
  ...webhookKeys,
  /** A deleted object that waits for its purge. */
  purge: (kind: string, id: string): Key => ({ pk: 'PURGE', sk: `${kind}#${id}` }),
  purges: (kind?: string) => ({ pk: 'PURGE', prefix: kind === undefined ? '' : `${kind}#` }),
  taskDefinition: (family: string): Key => ({ pk: `TASKDEFINITION#${family}`, sk: META }),
} as const;

/** A version's number in sort keys: a workflow has fewer than 100,000 of them. */
const numbered = (number: number): string => String(number).padStart(5, '0');

/** The name of a document within its owner. */
export const documentName = ({ sk }: Key): string => sk.slice('DOCUMENT#'.length);

/**
 * Sort key of a name without regard to case, cut so that the whole key stays below 1,024 bytes. A character that is
 * split by the cut is left out.
 */
function nameOrder(name: string): string {
  const lower = Buffer.from(name.toLowerCase(), 'utf8');
  return lower
    .subarray(0, 900)
    .toString('utf8')
    .replace(/(?<!\ufffd)\ufffd+$/, '');
}
