import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import { type RunEntry, runEntryCodec } from './run.ts';

/** At most this many runs come in one list, the newest ones. */
const LIST_LIMIT = 1000;

/** A group's runs in the order of their creation, all of them or those in one state. */
export async function listRuns({ table }: Services, groupId: string, state?: string): Promise<RunEntry[]> {
  const items = await table.list(keys.runEntries(groupId), {
    descending: true,
    limit: LIST_LIMIT,
    ...(state === undefined ? {} : { filter: { expression: '#state = :state', values: { state } } }),
  });
  return items.map(runEntryCodec.read).reverse();
}
