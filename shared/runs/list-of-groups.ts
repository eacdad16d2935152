import { invalid } from '../errors.ts';
import type { GroupEntry } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { readPage } from '../store/paging.ts';
import { type RunEntry, runEntryCodec } from './run.ts';

/** Groups whose runs one page reads: each of them costs a query. */
export const MAX_GROUPS = 10;

/** A run in a list of the runs of several groups. */
export interface GroupRun extends RunEntry {
  readonly group: GroupEntry;
}

/** Part of the list, and the token of the next part if one exists. */
export interface GroupRuns {
  readonly entries: readonly GroupRun[];
  readonly nextToken: string | undefined;
}

/** The groups after one of a list, in the order of their ids; the runs of some may be hidden. */
export interface NextGroups {
  readonly groups: readonly (GroupEntry & { readonly hidden: boolean })[];
  readonly more: boolean;
}

/** Where a page begins. */
interface Position {
  /** The last group that is complete; empty before the first one. */
  readonly done: string;
  /** The group after it, if some of its runs are on earlier pages, and the cursor in its runs. */
  readonly within: string;
  readonly cursor: string;
}

const START: Position = { done: '', within: '', cursor: '' };
/** `<done>.<within>.<cursor>` */
const TOKEN = /^(\w{0,32})\.(\w{0,32})\.([\w-]{0,2000})$/;

/**
 * Lists the runs of several groups: group by group, the newest run of a group first, or the oldest one. A page costs a bounded number of
 * requests to the table, so it may have fewer runs than `limit`, even none, although others follow.
 *
 * @param nextGroups returns at most `MAX_GROUPS` groups after one, or the first ones after an empty id
 * @throws FlowservError 400 for an invalid token
 */
export async function listRunsOfGroups(
  { table }: Services,
  nextGroups: (done: string) => Promise<NextGroups>,
  {
    limit,
    token,
    oldestFirst = false,
    ...wanted
  }: RunFilter & {
    readonly limit: number;
    readonly token?: string | undefined;
    readonly oldestFirst?: boolean | undefined;
  },
): Promise<GroupRuns> {
  const start = token === undefined ? START : positionOf(token);
  const { groups, more } = await nextGroups(start.done);
  const filter = filterOf(wanted);
  const options = { descending: !oldestFirst, ...(filter ? { filter } : {}) };
  const entries: GroupRun[] = [];
  let { done } = start;
  for (const { hidden, ...group } of groups) {
    if (entries.length === limit) return { entries, nextToken: tokenOf({ ...START, done }) };
    if (!hidden) {
      const cursor = group.id === start.within && start.cursor !== '' ? start.cursor : undefined;
      const request = { limit: limit - entries.length, cursor };
      const page = await readPage(table, keys.runEntries(group.id), runEntryCodec.read, request, options);
      entries.push(...page.entries.map((entry) => ({ ...entry, group })));
      if (page.nextCursor !== undefined) {
        return { entries, nextToken: tokenOf({ done, within: group.id, cursor: page.nextCursor }) };
      }
    }
    done = group.id;
  }
  return { entries, nextToken: more ? tokenOf({ ...START, done }) : undefined };
}

/** Which runs are listed; all without conditions. */
export interface RunFilter {
  readonly state?: string | undefined;
  /** Id of their version. */
  readonly version?: string | undefined;
  /** The earliest time of their creation, in the form of `timestamp`. */
  readonly since?: string | undefined;
}

/** The filter of a query for the entries of runs. */
export function filterOf({ state, version, since }: RunFilter): Condition | undefined {
  const conditions: Condition[] = [
    ...(state === undefined ? [] : [{ expression: '#state = :state', values: { state } }]),
    ...(version === undefined ? [] : [{ expression: '#version = :version', values: { version } }]),
    ...(since === undefined ? [] : [{ expression: '#createdAt >= :since', values: { since } }]),
  ];
  return conditions.length === 0 ? undefined : all(...conditions);
}

const tokenOf = ({ done, within, cursor }: Position): string => `${done}.${within}.${cursor}`;

function positionOf(token: string): Position {
  const [, done, within, cursor] = TOKEN.exec(token) ?? [];
  if (done === undefined || within === undefined || cursor === undefined) {
    throw invalid('request.cursor', 'invalid cursor');
  }
  return { done, within, cursor };
}
