import type { Services } from '../services/services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { type RunEntry, runEntryCodec } from './run.ts';

/**
 * A group's runs, all of them or those in one state. The first page holds the newest runs, each later page older
 * ones. A page is in order of creation.
 */
export async function listRuns(
  { table }: Services,
  groupId: string,
  state?: string,
  page?: PageRequest,
): Promise<Page<RunEntry>> {
  const filter: Condition = { expression: '#state = :state', values: { state } };
  const options = { descending: true, ...(state === undefined ? {} : { filter }) };
  const { entries, nextCursor } = await readPage(
    table,
    keys.runEntries(groupId),
    runEntryCodec.read,
    page,
    options,
  );
  return { entries: entries.toReversed(), nextCursor };
}
