import * as z from 'zod';
import { findForbiddenCharacter, storedName } from '../documents/display-name.ts';
import { invalid } from '../errors.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { visibilities } from './visibility.ts';

/**
 * What organisers and groups decided about the ranking, apart from the results: which groups and runs are disqualified,
 * which runs were withdrawn, and which are baselines. The items are in a partition of their own, which every ranking
 * reads, so a decision holds for results of any time. The item of the group or the run has a copy for its handle. Both
 * are written in one transaction.
 */

/** Maximum number of characters of a reason. */
const MAX_REASON = 500;
/** Maximum number of characters of a baseline's label. */
const MAX_LABEL = 100;

export const disqualificationSchema = z.object({
  since: z.string(),
  reason: z.string(),
  /** A private reason is for organisers only. */
  visibility: z.enum(visibilities),
});
export type Disqualification = z.infer<typeof disqualificationSchema>;

/** The decisions about a run, each independent of the others. */
export const moderationSchema = {
  /** By organisers. */
  disqualified: disqualificationSchema.optional(),
  /** By a member of the group. */
  withdrawn: z.object({ since: z.string() }).optional(),
  /** By organisers: shown on the leaderboard without a rank. */
  baseline: z.object({ since: z.string(), label: z.string().optional() }).optional(),
};

const itemSchema = z.object({
  groupId: z.string(),
  /** Absent if the item is about the group itself. */
  runId: z.string().optional(),
  /** When the run was created, which is a part of the key of its result. */
  createdAt: z.string().optional(),
  ...moderationSchema,
});
type ModerationItem = z.infer<typeof itemSchema>;
export type Moderation = Pick<ModerationItem, keyof typeof moderationSchema>;
export const moderationCodec = itemCodec(1, itemSchema);

/** The decisions about a workflow, or about one of its groups. */
export interface Moderations {
  readonly groups: ReadonlyMap<string, ModerationItem>;
  readonly runs: ReadonlyMap<string, ModerationItem>;
}

/** Reads the decisions about one group and its runs, or about all groups of a workflow. */
export async function readModerations(
  { table }: { readonly table: Pick<Table, 'list'> },
  workflowId: string,
  groupId?: string,
): Promise<Moderations> {
  const items = (await table.list(keys.moderations(workflowId, groupId))).map(moderationCodec.read);
  return {
    groups: new Map(items.filter(({ runId }) => runId === undefined).map((item) => [item.groupId, item])),
    runs: new Map(items.flatMap((item) => (item.runId === undefined ? [] : [[item.runId, item] as const]))),
  };
}

/** What a result is on a leaderboard. */
type Listed = 'entry' | 'baseline' | 'excluded';

export function listedAs(
  { groups, runs }: Moderations,
  { groupId, runId }: { readonly groupId: string; readonly runId: string },
): Listed {
  const { disqualified, withdrawn, baseline } = runs.get(runId) ?? {};
  if (disqualified || withdrawn || groups.get(groupId)?.disqualified) return 'excluded';
  return baseline ? 'baseline' : 'entry';
}

/**
 * The stored form of a reason.
 *
 * @throws FlowservError 400
 */
export const checkReason = (text: string): string => checkLine('a reason', text, MAX_REASON);

/** The stored form of a label. @throws FlowservError 400 */
export const checkLabel = (text: string): string => checkLine('a label', text, MAX_LABEL);

function checkLine(what: string, text: string, most: number): string {
  const line = storedName(text.trim());
  if (line === '' || line.length > most)
    throw invalid('moderation.text', `${what} has 1 to ${most} characters`);
  const character = findForbiddenCharacter(line);
  if (character !== undefined) throw invalid('moderation.text', `${what} must not contain ${character}`);
  return line;
}
