import { type Group, groupCodec, groupEntryCodec, joinedAt } from '../groups/group.ts';
import { inParallel } from '../parallel.ts';
import { type Participant, participantCodec } from '../participants/approval.ts';
import { acceptanceCodec } from '../participants/rules.ts';
import type { Role } from '../roles/names.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { type PageRequest, readPage } from '../store/paging.ts';
import type { Participation } from '../template/participation.ts';

/** Groups of a page: each of them costs a query, and has up to 40 members. */
const MAX_GROUPS = 20;
/** Groups whose runs are read at the same time. */
const WIDTH = 10;

/** A user in a group of a workflow. */
export interface Registration {
  readonly user: { readonly id: string; readonly name: string };
  readonly group: { readonly id: string; readonly name: string };
  readonly isOwner: boolean;
  /** Absent if an earlier release added the user to the group. */
  readonly joinedAt: string | undefined;
  /** The role of the user in the workflow. */
  readonly role: Role | undefined;
  /** What organisers decided about the user. */
  readonly approval: Participant['state'] | undefined;
  /** When the user accepted the current version of the rules. */
  readonly acceptedAt: string | undefined;
  /** Runs of the group, and when the last one was started. */
  readonly runs: number;
  readonly lastRunAt: string | undefined;
}

/** Part of the list, and the cursor of the next part if one exists. */
export interface Registrations {
  readonly entries: readonly Registration[];
  readonly nextCursor: string | undefined;
}

/**
 * Lists the members of all groups of a workflow, group by group in the order of their ids. A user in several groups has an
 * entry for each. A page has the members of up to 20 groups, and may be empty although others follow.
 *
 * @throws FlowservError 400 for an invalid cursor
 */
export async function listRegistrations(
  services: Services,
  workflowId: string,
  { rules }: Participation,
  { limit = MAX_GROUPS, cursor }: PageRequest,
): Promise<Registrations> {
  const { table } = services;
  const page = { limit: Math.min(limit, MAX_GROUPS), cursor };
  const { entries, nextCursor } = await readPage(
    table,
    keys.workflowGroups(workflowId),
    groupEntryCodec.read,
    page,
  );
  const items = await table.getMany(entries.map(({ id }) => keys.group(id)));
  const found = new Map(items.map(groupCodec.read).map((group) => [group.id, group]));
  const groups = entries.flatMap(({ id }) => found.get(id) ?? []).filter(({ deleting }) => !deleting);
  const [ofUsers, runs] = await Promise.all([
    readUsers(services, workflowId, groups, rules?.version),
    readRuns(services, groups),
  ]);
  const registrations = groups.flatMap((group) =>
    group.members.map((member) => ({
      user: { id: member.id, name: member.name },
      group: { id: group.id, name: group.name },
      isOwner: group.ownerId === member.id,
      joinedAt: joinedAt(group, member),
      ...ofUsers(member.id),
      ...(runs.get(group.id) ?? { runs: 0, lastRunAt: undefined }),
    })),
  );
  return { entries: registrations, nextCursor };
}

/** Reads what is stored of the members of groups in the workflow. */
async function readUsers(
  { table }: Services,
  workflowId: string,
  groups: readonly Group[],
  rules: string | undefined,
) {
  const users = new Set(groups.flatMap(({ members }) => members.map(({ id }) => id)));
  const keysOf = (userId: string) => ({
    member: keys.workflowMember(workflowId, userId),
    participant: keys.participant(workflowId, userId),
    acceptance: rules === undefined ? undefined : keys.acceptance(workflowId, userId, rules),
  });
  const wanted = [...users].flatMap((id) => Object.values(keysOf(id)).flatMap((key) => key ?? []));
  const items = new Map((await table.getMany(wanted)).map((item) => [item.sk, item]));
  const at = (key: Key | undefined): Item | undefined => key && items.get(key.sk);
  return (userId: string) => {
    const { member, participant, acceptance } = keysOf(userId);
    return {
      role: workflowMemberCodec.readMaybe(at(member))?.role,
      approval: participantCodec.readMaybe(at(participant))?.state,
      acceptedAt: acceptanceCodec.readMaybe(at(acceptance))?.at,
    };
  };
}

/** Counts the runs of groups. */
async function readRuns({ table }: Services, groups: readonly Group[]) {
  const runs = new Map<string, Pick<Registration, 'runs' | 'lastRunAt'>>();
  await inParallel(groups, WIDTH, async ({ id }) => {
    const { prefix, pk } = keys.runEntries(id);
    const found = await table.sortKeys({ pk, prefix });
    const [lastRunAt] = found.at(-1)?.slice(prefix.length).split('#') ?? [];
    runs.set(id, { runs: found.length, lastRunAt });
  });
  return runs;
}
