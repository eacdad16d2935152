import * as z from 'zod';
import { epochSeconds, newId, timestamp } from '../ids.ts';
import { itemCodec } from '../store/codec.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Table } from '../store/table.ts';

/**
 * The audit list of a workflow: who did what with the rights of a role, or as the operator. Entries are only added,
 * each in the transaction of the change that it describes, and expire.
 */

/** How long entries are kept. */
export const AUDIT_DAYS = 400;
/** Maximum number of characters of a detail. */
const MAX_DETAIL = 500;

const auditActions = [
  'workflow.create',
  'workflow.update',
  'workflow.version',
  'workflow.recompile',
  'workflow.delete',
  'workflow.pause',
  'workflow.resume',
  'budget.alert',
  'announcement.create',
  'announcement.remove',
  'workflow.restore',
  'member.add',
  'member.change',
  'member.remove',
  'run.cancel',
  'run.delete',
  'runs.rescore',
  'rescore.cancel',
  'postproc.retry',
  'submissions.archive',
  'run.disqualify',
  'run.readmit',
  'run.baseline',
  'run.no-baseline',
  'group.disqualify',
  'group.readmit',
  'participant.approve',
  'participant.decline',
  'token.create',
  'token.revoke',
  'webhook.create',
  'webhook.change',
  'webhook.remove',
] as const;
type AuditAction = (typeof auditActions)[number];

/** Who did it: a user, or the operator of the installation. */
export type Actor = User | 'operator';
interface User {
  readonly id: string;
  readonly name: string;
  /** The API token of the request, if it has one. */
  readonly scope?: { readonly tokenName: string } | undefined;
}

const auditSchema = z.object({
  at: z.string(),
  action: z.enum(auditActions),
  /** Absent for the operator, and in a `budget.alert`. */
  user: z.object({ id: z.string(), name: z.string() }).optional(),
  /** Name of the API token by which the user did it. */
  token: z.string().optional(),
  /** The object that the action changed. */
  object: z.object({
    type: z.enum(['workflow', 'announcement', 'user', 'group', 'run', 'rescore', 'token', 'webhook']),
    id: z.string(),
    /** Of users and tokens: their name. */
    name: z.string().optional(),
  }),
  detail: z.string().optional(),
  /** A detail that only organisers read, in place of `detail`. */
  organiserDetail: z.string().optional(),
  ttl: z.number(),
});
type NewEntry = z.infer<typeof auditSchema>;
const newEntryCodec = itemCodec(1, auditSchema);

/** Entries of a later release may have actions and objects that this one does not know. */
const storedSchema = auditSchema.extend({
  action: z.string(),
  object: auditSchema.shape.object.extend({ type: z.string() }),
});
export type AuditEntry = z.infer<typeof storedSchema>;
const auditCodec = itemCodec(1, storedSchema);

/** What the writer of an entry knows. */
export interface Audited extends Pick<NewEntry, 'object'> {
  /** `stage` for what nobody did. */
  readonly actor: Actor | 'stage';
  readonly action: AuditAction;
  /** A short text for people; no secrets. */
  readonly detail?: string | undefined;
  /** A detail that only organisers read, in place of `detail`. */
  readonly organiserDetail?: string | undefined;
}

interface Context {
  readonly table: Pick<Table, 'write'>;
  readonly now: () => Date;
}

/** The write that adds an entry to the audit list of a workflow, for the transaction of the change. */
export function auditWrite({ table, now }: Context, workflowId: string, audited: Audited): Write {
  const { actor, action, object, detail, organiserDetail } = audited;
  const at = now();
  const entry = {
    at: timestamp(at),
    action,
    ...(actor === 'operator' || actor === 'stage'
      ? {}
      : { user: { id: actor.id, name: actor.name }, token: actor.scope?.tokenName }),
    object,
    detail: boundedDetail(detail),
    organiserDetail: boundedDetail(organiserDetail),
    ttl: epochSeconds(at) + AUDIT_DAYS * 86_400,
  };
  return table.write.put(newEntryCodec.write(keys.audited(workflowId, entry.at, newId()), entry));
}

const boundedDetail = (text: string | undefined) => text?.slice(0, MAX_DETAIL).toWellFormed();

/** Lists the entries of a workflow's audit list, the newest first. */
export const listAudited = (
  { table }: { readonly table: Table },
  workflowId: string,
  page?: PageRequest,
): Promise<Page<AuditEntry>> =>
  readPage(table, keys.allAudited(workflowId), auditCodec.read, page, { descending: true });
