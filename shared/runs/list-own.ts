import { invalid } from '../errors.ts';
import { groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readPage } from '../store/paging.ts';
import type { Caller } from '../users/sessions.ts';
import { isInstalled } from '../workflows/workflow.ts';
import { type RunEntry, runEntryCodec } from './run.ts';

/** Groups whose runs one page reads: each of them costs a query. */
const MAX_GROUPS = 10;

/** A run in the list of a user's runs. */
export interface OwnRun extends RunEntry {
  readonly groupId: string;
}

/** Part of the list, and the token of the next part if one exists. */
export interface OwnRuns {
  readonly entries: readonly OwnRun[];
  readonly nextToken: string | undefined;
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
 * Lists the runs of all groups of a user: group by group in the order of their ids, the newest run of a group first. A
 * page costs a bounded number of requests to the table, so it may have fewer runs than `limit`, even none, although
 * others follow.
 *
 * @throws FlowservError 400 for an invalid token
 */
export async function listOwnRuns(
  services: Services,
  caller: NonNullable<Caller>,
  { limit, token }: { readonly limit: number; readonly token: string | undefined },
): Promise<OwnRuns> {
  const start = token === undefined ? START : positionOf(token);
  const { groups, installed, more } = await nextGroups(services, caller, start.done);
  const entries: OwnRun[] = [];
  let { done } = start;
  for (const { id: groupId, workflowId } of groups) {
    if (entries.length === limit) return { entries, nextToken: tokenOf({ ...START, done }) };
    if (installed.has(workflowId)) {
      const cursor = groupId === start.within && start.cursor !== '' ? start.cursor : undefined;
      const page = await readPage(
        services.table,
        keys.runEntries(groupId),
        runEntryCodec.read,
        { limit: limit - entries.length, cursor },
        { descending: true },
      );
      entries.push(...page.entries.map((entry) => ({ ...entry, groupId })));
      if (page.nextCursor !== undefined) {
        return { entries, nextToken: tokenOf({ done, within: groupId, cursor: page.nextCursor }) };
      }
    }
    done = groupId;
  }
  return { entries, nextToken: more ? tokenOf({ ...START, done }) : undefined };
}

/** Returns the user's next groups, and which of their workflows are installed. */
async function nextGroups({ table }: Services, { id }: NonNullable<Caller>, done: string) {
  const after = done === '' ? {} : { after: keys.membership(id, done).sk };
  const items = await table.list(keys.memberships(id), { ...after, limit: MAX_GROUPS + 1 });
  const groups = items.slice(0, MAX_GROUPS).map(groupEntryCodec.read);
  // Groups of a deleted workflow stay on the list until they are purged.
  const workflows = [...new Set(groups.map(({ workflowId }) => workflowId))];
  const found = workflows.length === 0 ? [] : await table.getMany(workflows.map(keys.workflow));
  const installed = new Set(found.filter(isInstalled).map((workflow) => workflow.id));
  return { groups, installed, more: items.length > MAX_GROUPS };
}

const tokenOf = ({ done, within, cursor }: Position): string => `${done}.${within}.${cursor}`;

function positionOf(token: string): Position {
  const [, done, within, cursor] = TOKEN.exec(token) ?? [];
  if (done === undefined || within === undefined || cursor === undefined) {
    throw invalid('request.cursor', 'invalid page_token');
  }
  return { done, within, cursor };
}
