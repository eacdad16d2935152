import { invalid } from '../errors.ts';
import { type GroupEntry, groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { groupIdOf, runsByTime } from '../store/runs-by-time.ts';
import type { GroupRun, GroupRuns, RunFilter } from './list-of-groups.ts';
import { runEntryCodec } from './run.ts';

/** Entries that one round of requests reads: one request to the table takes 100 keys. */
const ROUND = 100;
/** Entries that one page reads, if most of them are not wanted. */
const MAX_READ = 1000;

/** Texts before and after the time of every run. */
const [FIRST, LAST] = ['0', '~'];
/** A time and the id of a run. */
const POSITION = /^\d{4}-[\d:T.+-]{10,40}#\w{1,32}$/;

export interface PageByTime extends RunFilter {
  readonly limit: number;
  readonly token: string | undefined;
  readonly oldestFirst?: boolean;
}

/**
 * Lists the runs of all groups of a workflow by their time. The cost of a page depends on its size only; with conditions,
 * it reads up to 1,000 entries, so it may have fewer runs than `limit`, even none, although others follow. A run that
 * started within the last second may be missing.
 *
 * @throws FlowservError 400 for an invalid token
 */
export async function listRunsByTime(
  services: Services,
  workflowId: string,
  { limit, token, oldestFirst = false, since = FIRST, ...wanted }: PageByTime,
): Promise<GroupRuns> {
  const { table } = services;
  const groups = new Map<string, GroupEntry | undefined>();
  const entries: GroupRun[] = [];
  let position = token === undefined ? undefined : positionOf(token);
  const isFiltered = Object.values(wanted).some((value) => value !== undefined);
  let size = 0;
  for (let read = 0; read < MAX_READ; read += size) {
    size = isFiltered ? ROUND : Math.min(ROUND, limit - entries.length);
    const range = oldestFirst ? { from: position ?? since, to: LAST } : { from: since, to: position ?? LAST };
    // Besides the wanted ones: the position itself, and one that shows whether others follow.
    const options = { limit: size + 2, descending: !oldestFirst };
    const found = range.from > range.to ? [] : await table.indexed(runsByTime(workflowId), range, options);
    const next = found.filter(({ at }) => at !== position);
    const some = next.slice(0, size);
    const items = await table.getMany(some.map(({ pk, sk }) => ({ pk, sk })));
    const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, runEntryCodec.read(item)]));
    await readGroups(services, workflowId, some.map(groupIdOf), groups);
    for (const [index, { at, ...key }] of some.entries()) {
      position = at;
      const entry = byKey.get(`${key.pk} ${key.sk}`);
      const group = groups.get(groupIdOf(key));
      if (!entry || !group || group.deleting || !fits(entry, wanted)) continue;
      entries.push({ ...entry, group });
      if (entries.length < limit) continue;
      return { entries, nextToken: index + 1 < next.length ? tokenOf(at) : undefined };
    }
    if (next.length <= size) return { entries, nextToken: undefined };
  }
  return { entries, nextToken: position === undefined ? undefined : tokenOf(position) };
}

const fits = (entry: Pick<GroupRun, 'state' | 'version'>, { state, version }: RunFilter): boolean =>
  (state === undefined || entry.state === state) && (version === undefined || entry.version === version);

/** Reads the groups that are not known yet. */
async function readGroups(
  { table }: Services,
  workflowId: string,
  ids: readonly string[],
  known: Map<string, GroupEntry | undefined>,
): Promise<void> {
  const wanted = [...new Set(ids)].filter((id) => !known.has(id));
  if (wanted.length === 0) return;
  for (const id of wanted) known.set(id, undefined);
  const items = await table.getMany(wanted.map((id) => keys.workflowGroup(workflowId, id)));
  for (const group of items.map(groupEntryCodec.read)) known.set(group.id, group);
}

/** Whether a token is of a list by time: those of lists by group have dots. */
export const isTokenByTime = (token: string): boolean => !token.includes('.');

const tokenOf = (position: string): string => Buffer.from(position, 'utf8').toString('base64url');

function positionOf(token: string): string {
  const position = Buffer.from(token, 'base64url').toString('utf8');
  if (tokenOf(position) !== token || !POSITION.test(position))
    throw invalid('request.cursor', 'invalid cursor');
  return position;
}
