import * as z from 'zod';
import { FlowservError, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Table } from '../store/table.ts';
import type { Participation, Rules } from '../template/participation.ts';

const acceptanceSchema = z.object({
  userId: z.string(),
  /** Version of the rules' text. */
  version: z.string(),
  at: z.string(),
});
/** That a user accepted a version of the rules. It is kept when the rules change. */
export type Acceptance = z.infer<typeof acceptanceSchema>;
export const acceptanceCodec = itemCodec(1, acceptanceSchema);

interface Context {
  readonly table: Table;
  readonly now: () => Date;
}

/** Returns the rules of a benchmark. @throws FlowservError 404 if it has none */
export function requireRules({ rules }: Participation, workflowId: string): Rules {
  if (!rules) throw unknownObject('rules', workflowId);
  return rules;
}

/** When a user accepted a version of the rules, if at all. */
export async function readAcceptance(
  { table }: Pick<Context, 'table'>,
  workflowId: string,
  userId: string,
  { version }: Rules,
): Promise<Acceptance | undefined> {
  return acceptanceCodec.readMaybe(await table.get(keys.acceptance(workflowId, userId, version)));
}

/**
 * Records that a user accepts the rules. A repetition keeps the first time.
 *
 * @param version of the text that the user has read
 * @throws FlowservError 400 if the text is another one by now
 */
export async function acceptRules(
  { table, now }: Context,
  workflowId: string,
  userId: string,
  rules: Rules,
  version: string,
): Promise<Acceptance> {
  if (version !== rules.version) {
    throw new FlowservError('rules.version', 'the rules changed; read them again before you accept them');
  }
  const accepted = { userId, version, at: timestamp(now()) };
  const key = keys.acceptance(workflowId, userId, version);
  const put = table.write.put(acceptanceCodec.write(key, accepted), absent);
  // Nothing is stored for a workflow that is deleted meanwhile.
  const isAlive = table.write.check(keys.workflow(workflowId), alive);
  if (await conditionally(table.transact([isAlive, put]))) return accepted;
  return (await readAcceptance({ table }, workflowId, userId, rules)) ?? accepted;
}

/** @throws FlowservError 403 if a user has not accepted the rules in their current version */
export async function checkAccepted(
  context: Pick<Context, 'table'>,
  workflowId: string,
  userId: string,
  { rules }: Participation,
): Promise<void> {
  if (!rules || (await readAcceptance(context, workflowId, userId, rules))) return;
  throw new FlowservError(
    'rules.not-accepted',
    `accept the rules of the benchmark before you start a run: \`flowserv workflows rules -w ${workflowId} --accept\`, or POST workflows/${workflowId}/rules`,
  );
}

/** Lists who accepted which version of the rules, by user. */
export const listAcceptances = (
  { table }: Pick<Context, 'table'>,
  workflowId: string,
  page?: PageRequest,
): Promise<Page<Acceptance>> => readPage(table, keys.acceptances(workflowId), acceptanceCodec.read, page);
