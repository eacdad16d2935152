import { groupEntryCodec } from '../groups/group.ts';
import {
  isLasting,
  type Reservation,
  reservationsSchema,
  type Usage,
  usageAttributes,
  usageCodec,
  usageKey,
} from '../quotas/quota.ts';
import { readAnyRun, runEntryCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, type Condition } from '../store/expressions.ts';
import type { Range } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { readWaiting } from '../store/purge.ts';
import { listAccounts } from '../users/account-list.ts';
import { DEFAULT_USER } from '../users/user.ts';
import { workflowEntryCodec } from '../workflows/workflow.ts';

/** A sum that was wrong: the stored value, and the sum of all existing reservations. */
export interface Recount {
  readonly key: Key;
  readonly stored: number;
  readonly counted: number;
}

/** One sum, as stored before the count, and as counted. */
interface Sum extends Pick<Usage, 'unit' | 'window'> {
  readonly key: Key;
  readonly stored: number | undefined;
  counted: number;
}

/**
 * Sums up again the reservations of groups, uploads and runs, and stores the sums that differ: for an operator after
 * a restore from a backup, or when a count is in doubt. A sum that changes meanwhile is left alone; the next count
 * corrects it. The sum of a day or in all is only raised, as runs may have been deleted since.
 *
 * @returns the sums that differed
 */
export async function recountQuotas(services: Services): Promise<Recount[]> {
  // Read first, so that a change during the count is noticed.
  const sums = await storedSums(services);
  for await (const reservation of allReservations(services)) {
    const key = usageKey(reservation);
    const { unit, window, amount } = reservation;
    const name = `${key.pk}/${key.sk}`;
    const sum = sums.get(name) ?? { key, unit, window, stored: undefined, counted: 0 };
    sum.counted += amount;
    sums.set(name, sum);
  }
  const changed: Recount[] = [];
  for (const sum of sums.values()) if (await correct(services, sum)) changed.push(recountOf(sum));
  return changed;
}

const recountOf = ({ key, stored = 0, counted }: Sum): Recount => ({ key, stored, counted });

/** @returns whether the sum was wrong and is now corrected */
async function correct({ table }: Services, sum: Sum): Promise<boolean> {
  const { key, window, stored, counted } = sum;
  if (counted === (stored ?? 0) || (isLasting(window) && counted < (stored ?? 0))) return false;
  const same: Condition =
    stored === undefined ? absent : { expression: '#used = :stored', values: { stored } };
  const change = { set: { ...usageAttributes(sum), used: counted } };
  return (await conditionally(table.update(key, change, same))) !== undefined;
}

async function storedSums(services: Services): Promise<Map<string, Sum>> {
  const { table } = services;
  const sums = new Map<string, Sum>();
  const add = async (range: Range) => {
    for await (const item of table.range(range)) {
      const { unit, window, used } = usageCodec.read(item);
      const key = { pk: item.pk, sk: item.sk };
      sums.set(`${item.pk}/${item.sk}`, { key, unit, window, stored: used, counted: 0 });
    }
  };
  for (const { id } of [...(await listAccounts(services)), DEFAULT_USER]) await add(keys.quotas(id));
  for await (const workflowId of allWorkflows(services)) {
    await add(keys.participantUses(workflowId));
    for await (const entry of table.range(keys.workflowGroups(workflowId))) {
      await add(keys.groupUses(groupEntryCodec.read(entry).id));
    }
  }
  return sums;
}

/** Ids of all workflows, including those that are deleted but not purged. */
async function* allWorkflows(services: Services): AsyncGenerator<string> {
  for await (const entry of services.table.range(keys.workflowEntries())) {
    yield workflowEntryCodec.read(entry).id;
  }
  for await (const { id } of readWaiting(services, 'workflow')) yield id;
}

/** The reservations of every group, upload and run, including those that are deleted but not purged. */
async function* allReservations(services: Services): AsyncGenerator<Reservation> {
  for await (const id of allWorkflows(services)) yield* heldInWorkflow(services, id);
  for await (const { id } of readWaiting(services, 'run')) {
    yield* (await readAnyRun(services, id))?.reservations ?? [];
  }
}

async function* heldInWorkflow(services: Services, workflowId: string): AsyncGenerator<Reservation> {
  for await (const entry of services.table.range(keys.workflowGroups(workflowId))) {
    yield* heldInGroup(services, groupEntryCodec.read(entry).id);
  }
}

async function* heldInGroup(services: Services, groupId: string): AsyncGenerator<Reservation> {
  for await (const item of services.table.range({ pk: keys.group(groupId).pk, prefix: '' })) {
    yield* reservationsSchema.parse(item.reservations) ?? [];
    if (!item.sk.startsWith('RUN#')) continue;
    const run = await readAnyRun(services, runEntryCodec.read(item).id);
    yield* run?.reservations ?? [];
  }
}
