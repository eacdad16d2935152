import { toPythonValue } from '../documents/python-value.ts';
import { parseEngineConfig } from '../engine/engine-config.ts';
import { FlowservError, invalid, notAuthorized, unknownObject } from '../errors.ts';
import { isIdentifier, newId, timestamp } from '../ids.ts';
import { checkAllApproved, checkApproved } from '../participants/approval.ts';
import { membershipDemands } from '../quotas/contest.ts';
import { claim } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { prepareLargeText } from '../store/large-text.ts';
import { nameKey } from '../store/name-keys.ts';
import { earlierResult, type RepeatableRequest, resultWrites } from '../store/repeatable.ts';
import { findActiveUsers } from '../users/accounts.ts';
import { authorize } from '../users/authorize.ts';
import type { Caller } from '../users/sessions.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { findGroup, type Group, groupCodec, groupEntryCodec, type Member, mostMembers } from './group.ts';
import { invitationWrite, replaceMembers } from './invitation.ts';
import { checkEarlierNames, checkGroupName, groupExists, groupNames } from './names.ts';
import { checkOwnParameters } from './parameters.ts';

/** Maximum size of an engine configuration: it is part of the group's item, which is read with every run. */
const MAX_CONFIG_BYTES = 32_000;

export interface NewGroup {
  /** Identifies a repeated request, which returns the group that the first request created. */
  readonly repeatable?: RepeatableRequest | undefined;
  readonly name: string;
  readonly id?: string | undefined;
  readonly members?: readonly string[] | undefined;
  /** Declarations to add to the template's; declarations of parameters that the template has are ignored. */
  readonly parameters?: readonly unknown[] | undefined;
  /** Engine configuration: stored and returned. Only sizes that the manifest permits are applied, to own steps. */
  readonly config?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Creates a group of a workflow. The caller becomes its owner and a member; other members are invited where the benchmark
 * requires it. One transaction writes name, id and all
 * entries, so that of two requests for the same name one fails.
 *
 * @throws FlowservError 403 without a caller, or if the same request created a group that the caller left, 404 for an
 *   unknown workflow, 429 if the caller owns as many groups as the quota allows, 403 if a member is in as many as the
 *   contest allows, 400 for every problem of the group itself, including an unknown member
 */
export async function createGroup(
  services: Services,
  caller: Caller,
  workflowId: string,
  input: NewGroup,
): Promise<Group> {
  const { table, objects, now } = services;
  if (!caller) throw notAuthorized();
  const earlier = await earlierResult(services, input.repeatable);
  if (earlier !== undefined) return madeBefore(services, caller, earlier);
  const workflow = await findWorkflow(services, workflowId);
  const version = await readVersion(services, workflowId, workflow.version);
  await checkApproved(services, workflowId, caller.id, version.participation);
  const parameters = input.parameters && checkOwnParameters(input.parameters, version.template);
  const { limits = {} } = version.contest ?? {};
  const me = { id: caller.id, name: caller.name };
  const wanted = await membersOf(services, me, input.members ?? [], mostMembers(limits));
  const alone = { members: [me], invitations: [] };
  const { members, invitations } = replaceMembers(services, version.participation, alone, wanted, me);
  await checkAllApproved(services, workflowId, members.slice(1), version.participation);
  const memberships = membershipDemands(limits, workflowId, members);
  const claimed = claim(services, caller.id, { groups: 1 }, memberships);
  const createdAt = timestamp(now());
  const group: Group = {
    id: checkId(input.id),
    workflowId,
    name: checkGroupName(input.name),
    ownerId: caller.id,
    members: members.map((member) => ({ ...member, since: createdAt })),
    ...(invitations.length === 0 ? {} : { invitations }),
    version: workflow.version,
    config: checkConfig(input.config) ?? version.config,
    ownParameters: parameters !== undefined,
    createdAt,
    revision: 0,
    activeRuns: 0,
    reservations: claimed.reservations,
  };
  await checkEarlierNames(services, group);
  const writes: Write[] = [
    table.write.check(keys.workflow(workflowId), alive),
    table.write.put(nameItem(workflowId, group), absent),
    table.write.put(groupCodec.write(keys.group(group.id), group), absent),
    ...claimed.writes,
    table.write.put(groupEntryCodec.write(keys.workflowGroup(workflowId, group.id), entryOf(group)), absent),
    ...members.map((member) => membershipWrite(table, group, member)),
    ...invitations.map(({ id }) => invitationWrite(table, group, id)),
    ...resultWrites(services, input.repeatable, group.id),
  ];
  const errorFor = (actions: readonly number[]) =>
    claimed.errorFor(actions, CLAIMED) ?? conflictOf(group, actions);
  const write = (all: readonly Write[]) =>
    writeGroup(services, caller, group, all, input.repeatable, errorFor);
  if (parameters === undefined) return write(writes);
  const key = keys.document(keys.group(group.id), 'parameters');
  // The object has an id of its own: the group's id may be in use by another group with the same parameters.
  const object = objectKeys.upload(workflowId, group.id, `parameters-${newId()}`);
  const document = await prepareLargeText(objects, key, parameters, () => object);
  try {
    const made = await write([...writes, table.write.put(document)]);
    if (made !== group) await objects.remove('data', object);
    return made;
  } catch (error) {
    if (error instanceof FlowservError) await objects.remove('data', object);
    throw error;
  }
}

/** Writes the group, or returns the group that the same request created concurrently. */
async function writeGroup(
  services: Services,
  caller: Caller,
  group: Group,
  writes: readonly Write[],
  repeatable: RepeatableRequest | undefined,
  errorFor: (actions: readonly number[]) => FlowservError,
): Promise<Group> {
  try {
    await services.table.transact(writes);
    return group;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const other = await earlierResult(services, repeatable);
    if (other !== undefined) return madeBefore(services, caller, other);
    throw errorFor(error.actions);
  }
}

/** Number of writes before those that count the group: `conflictOf` explains their conflicts. */
const CLAIMED = 3;

function conflictOf({ workflowId, name, id }: Group, actions: readonly number[]): FlowservError {
  if (actions.includes(0)) return unknownObject('workflow', workflowId);
  if (actions.includes(1)) return groupExists(name);
  return invalid('group.id', `group identifier '${id}' is in use`);
}

/** Returns the group that the same request created before, if the caller may still read it. */
async function madeBefore(services: Services, caller: Caller, id: string): Promise<Group> {
  const group = await findGroup(services, id);
  await authorize(services, caller, 'group:read', group);
  return group;
}

function checkId(id: string | undefined): string {
  if (id === undefined) return newId();
  if (!isIdentifier(id)) throw invalid('group.id', `invalid identifier '${id.slice(0, 100)}'`);
  return id;
}

function checkConfig(config: NewGroup['config']) {
  if (config === undefined || config === null) return null;
  // Limits how deep the configuration nests.
  toPythonValue(config);
  if (Buffer.byteLength(JSON.stringify(config)) > MAX_CONFIG_BYTES) {
    throw invalid('group.config', `engine configuration above ${MAX_CONFIG_BYTES} bytes`);
  }
  try {
    parseEngineConfig(config);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    throw invalid('group.config', `engine configuration: ${error.message}`, error);
  }
  return { ...config };
}

async function membersOf(
  services: Services,
  caller: Member,
  ids: readonly string[],
  most: number,
): Promise<Member[]> {
  const others = ids.filter((id) => id !== caller.id);
  if (new Set(others).size >= most) throw tooManyMembers(most);
  const found = await findActiveUsers(services, others);
  if ('unknown' in found) throw invalid('group.member', `unknown user '${found.unknown.slice(0, 100)}'`);
  return [caller, ...found.users.map(({ id, name }) => ({ id, name }))];
}

export const tooManyMembers = (most: number) =>
  invalid('group.members', `a group has at most ${most} members`);

export const entryOf = ({ id, workflowId, name }: Group) => ({ id, workflowId, name });

/** Reserves a name within the workflow. */
export const nameItem = (workflowId: string, group: Pick<Group, 'id' | 'name'>) => ({
  ...nameKey(groupNames(workflowId), group.name),
  v: 1,
  groupId: group.id,
});

export const membershipWrite = ({ write }: Services['table'], group: Group, { id }: Member): Write =>
  write.put(groupEntryCodec.write(keys.membership(id, group.id), entryOf(group)));
