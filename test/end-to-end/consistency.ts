import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { clientOptions } from '../../shared/clients.ts';
import { groupCodec } from '../../shared/groups/group.ts';
import { isLasting, reservationsSchema, usageCodec, usageKey } from '../../shared/quotas/quota.ts';
import { entryKey } from '../../shared/runs/life-cycle.ts';
import { queuedCodec } from '../../shared/runs/queue.ts';
import { queueOwnerOf, type Run, runCodec, runEntryCodec, vcpusHeldBy } from '../../shared/runs/run.ts';
import { isActive } from '../../shared/runs/state.ts';
import type { Services } from '../../shared/services/services.ts';
import type { Item } from '../../shared/store/item.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { nameKey } from '../../shared/store/name-keys.ts';
import { userCodec } from '../../shared/users/user.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { leaderboardCodec } from '../../shared/workflows/leaderboard-state.ts';
import { checkUsage } from './consistent-usage.ts';

/** Everything that a stack stores. */
interface Stored {
  readonly items: ReadonlyMap<string, Item>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly data: ReadonlySet<string>;
  readonly work: ReadonlySet<string>;
}

type Report = (fault: string) => void;

const nameOf = ({ pk, sk }: Key) => `${pk}/${sk}`;
const idOf = ({ pk }: Key) => pk.slice(pk.indexOf('#') + 1);

/**
 * Walks the table and both buckets of a stack.
 *
 * @returns one sentence for each inconsistency; empty if there are none
 */
export async function inconsistencies(services: Services): Promise<string[]> {
  const stored = await readAll(services);
  const faults: string[] = [];
  const report: Report = (fault) => faults.push(fault);
  for (const check of [
    checkItems,
    checkRuns,
    checkEntries,
    checkQueue,
    checkGroups,
    checkLeaderboards,
    checkObjects,
    checkUsers,
    checkQuotas,
    checkUsage,
  ]) {
    check(stored, report);
  }
  return faults;
}

/** Time limit of the work after a run's end, with messages and snapshots. It takes a few seconds on an idle host. */
const PATIENCE_MS = 60_000;
const POLL_MS = 100;

/** Waits until the stack is idle and consistent, and fails with the inconsistencies after a timeout. */
export async function expectConsistency(services: Services): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  let faults = await inconsistencies(services);
  while (faults.length > 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    faults = await inconsistencies(services);
  }
  expect(faults).toEqual([]);
}

/** The keys of all items and objects. */
export async function storedNames(services: Services): Promise<string[]> {
  const { items, data, work } = await readAll(services);
  return [...items.keys(), ...data, ...work];
}

async function readAll({ config }: Services): Promise<Stored> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb)),
  );
  const items = new Map<string, Item>();
  const scan = { TableName: config.table, ConsistentRead: true };
  for await (const page of paginateScan({ client }, scan)) {
    for (const item of page.Items ?? []) {
      const key = { pk: String(item.pk), sk: String(item.sk) };
      items.set(nameOf(key), { ...item, ...key });
    }
  }
  client.destroy();
  const runs = [...items.values()].filter(({ pk, sk }) => pk.startsWith('RUN#') && sk === 'META');
  return {
    items,
    runs: new Map(runs.map((item) => [idOf(item), runCodec.read(item)])),
    data: await listBucket(config, config.dataBucket),
    work: await listBucket(config, config.workBucket),
  };
}

async function listBucket(config: Services['config'], Bucket: string): Promise<Set<string>> {
  const client = new S3Client(clientOptions(config, config.endpoints.s3));
  const found = new Set<string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ...(token ? { ContinuationToken: token } : {}) }),
    );
    for (const { Key: name } of page.Contents ?? []) if (name) found.add(name);
    token = page.NextContinuationToken;
  } while (token);
  client.destroy();
  return found;
}

/** Every item has a version, both index attributes or none, the object that it refers to, and an owner. */
function checkItems({ items, data }: Stored, report: Report): void {
  for (const item of items.values()) {
    const { v, dueShard, dueAt, object } = item;
    if (v === undefined) report(`${nameOf(item)} has no version`);
    if ((dueShard === undefined) !== (dueAt === undefined))
      report(`${nameOf(item)} has only part of its due index attributes`);
    if (item.sk.startsWith('DOCUMENT#') && typeof object === 'string' && !data.has(object)) {
      report(`${nameOf(item)} refers to a missing object`);
    }
    const owned = /^(RUN|GROUP|WORKFLOW)#/.test(item.pk);
    if (owned && !items.has(nameOf({ pk: item.pk, sk: 'META' }))) report(`${nameOf(item)} has no owner`);
  }
}

function checkRuns({ items, runs }: Stored, report: Report): void {
  for (const run of runs.values()) {
    const complain = (fault: string) => report(`run ${run.id} (${run.state}) ${fault}`);
    if (run.deleting) {
      if (run.dueAt === undefined) complain('is in deletion without being due');
      continue;
    }
    const entry = items.get(nameOf(entryKey(run)));
    if (!entry) complain('is in no list');
    else if (runEntryCodec.read(entry).state !== run.state) complain('has a different state in its list');
    if (isActive(run.state)) checkActive(run, complain);
    else checkEnded(run, complain);
  }
}

function checkActive(run: Run, complain: Report): void {
  if (run.settled) complain('is settled');
  if (run.dueAt === undefined) complain('is not on the due index');
  if ((run.queueNumber === undefined) !== (run.admitted === true)) complain('neither waits nor is admitted');
}

function checkEnded(run: Run, complain: Report): void {
  if (run.queueNumber !== undefined) complain('still waits');
  if (!run.settled) complain('is not settled');
  if (run.admitted) complain('holds vCPUs');
  // A run that was executed without success is checked once more, because its task may still store objects.
  const mayStore = run.state !== 'SUCCESS' && run.startedAt !== run.finishedAt;
  if (run.dueAt !== undefined && !mayStore) complain('is on the due index');
}

/** Every entry of a list has its run, which may be in deletion. */
function checkEntries({ items, runs }: Stored, report: Report): void {
  for (const item of items.values()) {
    if (!/^(RUN|POSTPROC)#/.test(item.sk)) continue;
    const run = runs.get(runEntryCodec.read(item).id);
    if (!run) report(`${nameOf(item)} lists a missing run`);
  }
}

function checkQueue({ items, runs }: Stored, report: Report): void {
  const waiting = [...items.values()].filter(({ pk }) => pk === 'QUEUE').map(queuedCodec.read);
  for (const { runId, number, party } of waiting) {
    const run = runs.get(runId);
    if (run?.queueNumber !== number || queueOwnerOf(run) !== party)
      report(`the queue contains run ${runId}, which does not wait`);
  }
  const queued = new Set(waiting.map(({ runId }) => runId));
  for (const { id, queueNumber, held } of runs.values()) {
    if (queueNumber !== undefined && !held !== queued.has(id)) report(`run ${id} waits outside the queue`);
  }
  const admitted = [...runs.values()].filter((run) => run.admitted);
  const inUse = admitted.reduce((sum, run) => sum + vcpusHeldBy(run), 0);
  const counted = Number(items.get(nameOf(keys.capacity()))?.inUse ?? 0);
  if (counted !== inUse) report(`${counted} vCPUs are in use, but runs hold ${inUse}`);
}

function checkGroups({ items, runs }: Stored, report: Report): void {
  const metas = [...items.values()].filter(({ pk, sk }) => pk.startsWith('GROUP#') && sk === 'META');
  const groups = new Map(metas.map((item) => [idOf(item), groupCodec.read(item)]));
  for (const group of groups.values()) {
    const complain = (fault: string) => report(`group ${group.id} ${fault}`);
    const active = [...runs.values()].filter(({ groupId, state }) => groupId === group.id && isActive(state));
    if (active.length !== group.activeRuns)
      complain(`counts ${group.activeRuns} active runs of ${active.length}`);
    if (group.deleting) complain('is in deletion');
    const wanted = [
      nameKey((text) => keys.groupName(group.workflowId, text), group.name),
      keys.workflowGroup(group.workflowId, group.id),
      ...group.members.map(({ id }) => keys.membership(id, group.id)),
    ];
    for (const key of wanted) if (!items.has(nameOf(key))) complain(`lacks ${nameOf(key)}`);
  }
  for (const item of items.values()) {
    const membership = /^USER#/.test(item.pk) && /^GROUP#/.test(item.sk) ? item.sk.slice(6) : undefined;
    const listed = /^WORKFLOW#/.test(item.pk) && /^GROUP#/.test(item.sk) ? item.sk.slice(6) : undefined;
    const named = item.pk.startsWith('NAME#GROUP#') ? String(item.groupId) : undefined;
    const id = membership ?? listed ?? named;
    if (id !== undefined && !groups.has(id)) report(`${nameOf(item)} names a missing group`);
  }
}

function checkLeaderboards({ items, runs, data }: Stored, report: Report): void {
  const results = [...items.values()].filter(({ pk }) => pk.startsWith('RESULTS#'));
  for (const item of results) {
    const run = runs.get(String(item.runId));
    if (run?.state !== 'SUCCESS') report(`${nameOf(item)} is a result without a successful run`);
    if (!items.has(nameOf(keys.leaderboard(idOf(item)))))
      report(`${nameOf(item)} belongs to a missing leaderboard`);
  }
  for (const item of [...items.values()].filter(({ sk }) => sk === 'BOARD')) {
    const complain = (fault: string) => report(`leaderboard ${idOf(item)} ${fault}`);
    const leaderboard = leaderboardCodec.read(item);
    const own = results.filter((result) => idOf(result) === idOf(item)).length;
    if (leaderboard.results !== own) complain(`counts ${leaderboard.results} results of ${own}`);
    if (leaderboard.dirty !== leaderboard.built || leaderboard.trigger !== leaderboard.processed)
      complain('is not up to date');
    const { postprocActive, postprocRunId } = leaderboard;
    if (postprocActive !== undefined && !isOpen(runs.get(postprocActive)))
      complain('waits for a run that ended');
    if (postprocRunId !== undefined && !runs.has(postprocRunId)) complain('shows a missing run');
    const snapshots = [...data].filter((key) => key.startsWith(`w/${idOf(item)}/boards/`));
    const versions = [leaderboard.previous ?? 0, leaderboard.built].filter((version) => version > 0);
    const keysOf = [objectKeys.leaderboard, objectKeys.leaderboardResults];
    const wanted = versions
      .flatMap((version) => keysOf.map((key) => key(idOf(item), version, leaderboard.version)))
      .sort();
    if (snapshots.sort().join() !== wanted.join()) complain(`has the snapshots ${snapshots.join()}`);
  }
}

const isOpen = (run: Run | undefined) => run !== undefined && !run.settled;

/** Every user has one name and is listed if active, until deletion; sessions refer to users who exist or are deleted. */
function checkUsers({ items }: Stored, report: Report): void {
  const metas = [...items.values()].filter(({ pk, sk }) => pk.startsWith('USER#') && sk === 'META');
  const users = new Map(metas.map((item) => [idOf(item), userCodec.read(item)]));
  for (const { id, name, state } of users.values()) {
    if (items.get(nameOf(keys.user(id)))?.deleting === true) continue;
    const pointer = items.get(nameOf(nameKey(keys.userName, name)));
    if (pointer?.userId !== id) report(`user ${id} does not have its name`);
    if (items.has(nameOf(keys.userEntry(name, id))) !== (state === 'active'))
      report(`user ${id} is listed or missing in lists by mistake`);
  }
  const owned = [...items.values()].filter(({ pk }) => /^(TOKEN|RESET|CREDENTIAL|NAME#USER)#/.test(pk));
  const deleted = new Set(owned.filter((item) => item.deleted === true).map(({ userId }) => userId));
  for (const item of owned)
    if (!users.has(String(item.userId)) && !deleted.has(item.userId))
      report(`${nameOf(item)} belongs to a missing user`);
  if ([...items.values()].filter(({ pk }) => pk === 'USERS').length > users.size)
    report('unknown users are listed');
}

/**
 * Sums of quotas equal the reservations of objects. Sums of a day or in all may be higher, because runs may be deleted.
 */
function checkQuotas({ items }: Stored, report: Report): void {
  const held = new Map<string, number>();
  for (const { reservations } of items.values()) {
    for (const reservation of reservationsSchema.parse(reservations) ?? []) {
      const name = nameOf(usageKey(reservation));
      held.set(name, (held.get(name) ?? 0) + reservation.amount);
    }
  }
  for (const [name, amount] of held) {
    if (amount > 0 && !items.has(name)) report(`${name} is missing, but ${amount} are reserved`);
  }
  for (const item of items.values()) {
    if (!item.pk.startsWith('QUOTA#') && !item.sk.startsWith('USE#')) continue;
    const { used, window } = usageCodec.read(item);
    const amount = held.get(nameOf(item)) ?? 0;
    const fits = isLasting(window) ? used >= amount : used === amount;
    if (!fits) report(`${nameOf(item)} counts ${used}, but ${amount} are reserved`);
  }
}

/** Every stored object belongs to an existing item. */
function checkObjects({ items, runs, data, work }: Stored, report: Report): void {
  for (const key of work) {
    const runId = /^r\/([^/]+)\//.exec(key)?.[1];
    if (runId === undefined || !runs.has(runId)) report(`object ${key} belongs to a missing run`);
  }
  for (const key of data) {
    const [, workflowId = '', kind = '', id = '', , fileId = ''] = key.split('/');
    if (!items.has(nameOf(keys.workflow(workflowId)))) report(`object ${key} belongs to a missing workflow`);
    if (kind === 'runs' && !runs.has(id)) report(`object ${key} belongs to a missing run`);
    const isUpload = kind === 'groups' && !fileId.startsWith('parameters-');
    if (isUpload && !items.has(nameOf(keys.upload(id, fileId)))) report(`object ${key} has no upload`);
  }
  for (const item of items.values()) {
    if (!item.pk.startsWith('GROUP#') || !item.sk.startsWith('FILE#')) continue;
    const key = objectKeys.upload(String(item.workflowId), idOf(item), item.sk.slice(5));
    if (!data.has(key)) report(`upload ${nameOf(item)} has no object`);
  }
}
