import * as z from 'zod';
import { FlowservError } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, alive, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Table } from '../store/table.ts';
import type { Participation } from '../template/participation.ts';
import { type ParticipantState, participantStates } from './states.ts';

const participantSchema = z.object({
  id: z.string(),
  state: z.enum(participantStates),
  /** When the user asked, or an organiser decided without being asked. */
  requestedAt: z.string(),
  decidedAt: z.string().optional(),
  /** Of the last decision: what the user reads. */
  reason: z.string().optional(),
});
/** Whether a user may take part in a benchmark whose organisers approve participants. */
export type Participant = z.infer<typeof participantSchema>;
export const participantCodec = itemCodec(1, participantSchema);

interface Context {
  readonly table: Table;
  readonly now: () => Date;
}

export async function readParticipant(
  { table }: Pick<Context, 'table'>,
  workflowId: string,
  userId: string,
): Promise<Participant | undefined> {
  return participantCodec.readMaybe(await table.get(keys.participant(workflowId, userId)));
}

/** Asks to take part. A repetition changes nothing, also after a decision. */
export async function askToJoin(
  { table, now }: Context,
  workflowId: string,
  userId: string,
): Promise<Participant> {
  const asked: Participant = { id: userId, state: 'requested', requestedAt: timestamp(now()) };
  const put = table.write.put(participantCodec.write(keys.participant(workflowId, userId), asked), absent);
  // Nothing is stored for a workflow that is deleted meanwhile.
  const isAlive = table.write.check(keys.workflow(workflowId), alive);
  if (await conditionally(table.transact([isAlive, put]))) return asked;
  return (await readParticipant({ table }, workflowId, userId)) ?? asked;
}

/**
 * Asks to take part for a user who needs an approval and has none.
 *
 * @throws FlowservError 403 that says what happens next, unless the user is approved or needs no approval
 */
export async function checkApproved(
  context: Context,
  workflowId: string,
  userId: string,
  { approval }: Participation,
): Promise<void> {
  if (!approval) return;
  const { state, reason } = await askToJoin(context, workflowId, userId);
  if (state === 'approved') return;
  if (state === 'declined') {
    const because = reason === undefined ? '' : `: ${reason}`;
    throw new FlowservError(
      'participant.declined',
      `an organiser declined your request to take part${because}`,
    );
  }
  throw new FlowservError(
    'participant.requested',
    'your request to take part waits for an organiser of the benchmark; repeat this when it is approved, which GET workflows/{id}/participation and `flowserv workflows join` show',
  );
}

/** @throws FlowservError 403 for the first of several users who is not approved */
export async function checkAllApproved(
  { table }: Pick<Context, 'table'>,
  workflowId: string,
  users: readonly { readonly id: string; readonly name: string }[],
  { approval }: Participation,
): Promise<void> {
  if (!approval || users.length === 0) return;
  const items = await table.getMany(users.map(({ id }) => keys.participant(workflowId, id)));
  const approved = new Set(
    items.map(participantCodec.read).flatMap(({ id, state }) => (state === 'approved' ? [id] : [])),
  );
  const missing = users.find(({ id }) => !approved.has(id));
  if (!missing) return;
  throw new FlowservError(
    'participant.member',
    `user '${missing.name}' is not approved by an organiser of the benchmark; this user first asks to take part, with \`flowserv workflows join\``,
  );
}

/** What an organiser decides about a user. */
interface Decision {
  readonly user: { readonly id: string; readonly name: string };
  readonly state: Exclude<ParticipantState, 'requested'>;
  readonly reason?: string | undefined;
}

/**
 * Approves or declines a user, who need not have asked. A declined user keeps groups and runs, but starts no more.
 *
 * @returns the participant after the decision
 */
export async function decideOn(
  context: Context,
  editor: Actor,
  workflowId: string,
  { user, state, reason }: Decision,
): Promise<Participant> {
  const { table, now } = context;
  const before = await readParticipant(context, workflowId, user.id);
  if (before?.state === state && before.reason === reason) return before;
  const at = timestamp(now());
  const decided: Participant = {
    id: user.id,
    state,
    requestedAt: before?.requestedAt ?? at,
    decidedAt: at,
    ...(reason === undefined ? {} : { reason }),
  };
  const same: Condition = before
    ? { expression: '#state = :state', values: { state: before.state } }
    : absent;
  const action = state === 'approved' ? 'participant.approve' : 'participant.decline';
  const made = await conditionally(
    table.transact([
      table.write.check(keys.workflow(workflowId), alive),
      table.write.put(participantCodec.write(keys.participant(workflowId, user.id), decided), same),
      auditWrite(context, workflowId, {
        actor: editor,
        action,
        object: { type: 'user', id: user.id, name: user.name },
        detail: reason,
      }),
    ]),
  );
  // Another organiser decided, or the user asked, at the same time: decide again about the current state.
  return made ? decided : decideOn(context, editor, workflowId, { user, state, reason });
}

/** Lists the users who asked to take part, or about whom an organiser decided, by id. */
export function listParticipants(
  { table }: Pick<Context, 'table'>,
  workflowId: string,
  state?: ParticipantState,
  page?: PageRequest,
): Promise<Page<Participant>> {
  const filter: Condition = { expression: '#state = :state', values: { state } };
  const options = state === undefined ? {} : { filter };
  return readPage(table, keys.participants(workflowId), participantCodec.read, page, options);
}
