import { usdOf } from '../costs/step-price.ts';
import { exactJson } from '../documents/exact-json.ts';
import type { Group, GroupEntry } from '../groups/group.ts';
import type { Pricing } from '../price-settings.ts';
import type { AuditEntry } from '../roles/audit.ts';
import type { WorkflowMember } from '../roles/role.ts';
import type { RunFile } from '../runs/documents/files.ts';
import type { StepEstimate } from '../runs/estimate.ts';
import type { Registration } from '../runs/registrations.ts';
import type { Run, RunEntry } from '../runs/run.ts';
import type { StepReport } from '../runs/steps/reports.ts';
import type { Page } from '../store/paging.ts';
import type { SuppliedArgument } from '../template/arguments.ts';
import type { OutputSpec } from '../template/outputs.ts';
import type { Upload } from '../uploads/upload.ts';
import type { RunUsage } from '../workflows/usage.ts';
import type { VersionEntry } from '../workflows/versions.ts';
import type { WorkflowEntry } from '../workflows/workflow.ts';
import { moderationView, type Reader } from './moderation-views.ts';
import { ok } from './operation-result.ts';

/** JSON as clients get it (flowServ HTTP API, JSON objects). All views are pure functions. */

/** Returns a page of a list under the list's name in the API. */
export const pageOf = <T>(name: string, { entries, nextCursor }: Page<T>, view: (entry: T) => unknown) =>
  ok({ [name]: entries.map(view), ...(nextCursor === undefined ? {} : { nextCursor }) });

export const userView = ({ id, name }: { id: string; name: string }, token?: string) => ({
  id,
  username: name,
  ...(token === undefined ? {} : { token }),
});

export const workflowView = ({ id, name, description, instructions }: WorkflowEntry) => ({
  id,
  name,
  ...(description === null ? {} : { description }),
  ...(instructions === null ? {} : { instructions }),
});

export const groupEntryView = ({ id, name, workflowId }: GroupEntry | Group) => ({
  id,
  name,
  workflow: workflowId,
});

export const uploadView = ({ id, name, createdAt, size }: Upload) => ({ id, name, createdAt, size });

const runBase = ({ id, state, createdAt }: RunEntry | Run) => ({ id, state, createdAt });

/** A run in a list, as every reader of the list sees it. */
export const runEntryView = ({ warningCount, ...entry }: RunEntry) => ({
  ...runBase(entry),
  ...(warningCount === undefined ? {} : { warningCount }),
});

export const memberView = ({ id, name, role, since }: WorkflowMember) => ({
  ...userView({ id, name }),
  role,
  since,
});

/** @param isOrganising whether the reader may know who installed it */
export const versionView = (
  { number, id, createdAt, rankedSince, user, changes }: VersionEntry,
  current: number,
  isOrganising: boolean,
) => ({
  number,
  id,
  createdAt,
  rankedSince,
  isCurrent: number === current,
  ...(user && isOrganising ? { user: userView(user) } : {}),
  changes,
});

export const registrationView = ({ user, group, isOwner, acceptedAt, runs, ...known }: Registration) => ({
  user: userView(user),
  group,
  isOwner,
  ...present({
    joinedAt: known.joinedAt,
    role: known.role,
    approval: known.approval,
    rulesAcceptedAt: acceptedAt,
    lastRunAt: known.lastRunAt,
  }),
  runs,
});

/** An object without its undefined fields. */
const present = (fields: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** @param isOrganiser whether the reader may read details for organisers */
export const auditView = (
  { at, user, token, action, object, organiserDetail, detail }: AuditEntry,
  isOrganiser: boolean,
) => ({
  at,
  ...(user ? { user: userView(user) } : {}),
  ...(token === undefined ? {} : { token }),
  action,
  object,
  ...detailView(isOrganiser ? (organiserDetail ?? detail) : detail),
});

const detailView = (detail: string | undefined) => (detail ? { detail } : {});

/** A step with everything that it wrote: for organisers. */
export function stepReportView({
  name,
  state,
  image,
  imageDigest,
  exitCode,
  reason,
  reuse,
  status,
}: StepReport) {
  const why = status?.failure?.message ?? reason;
  return {
    name,
    state,
    image,
    ...(imageDigest === undefined ? {} : { digest: imageDigest }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(why === undefined ? {} : { reason: why }),
    ...(reuse?.from === undefined ? {} : { reusedFrom: reuse.from.runId }),
    ...(status
      ? {
          commands: status.commands.map(({ stdout, stderr }) => ({ stdout, stderr })),
          warnings: status.warnings.map(({ code, message }) => ({ code, message })),
        }
      : {}),
  };
}

export function groupView(
  group: Group,
  parameters: readonly unknown[],
  uploads: readonly Upload[],
  runs?: readonly object[],
  reader: Reader = { isOrganiser: false },
) {
  return {
    ...groupEntryView(group),
    members: group.members.map((member) => userView(member)),
    ...(group.invitations?.length
      ? {
          invitations: group.invitations.map(({ by, at, ...user }) => ({
            ...userView(user),
            invitedBy: userView(by),
            invitedAt: at,
          })),
        }
      : {}),
    parameters,
    files: uploads.map(uploadView),
    config: group.config,
    ...(runs ? { runs } : {}),
    ...moderationView({ disqualified: group.disqualified }, reader),
  };
}

/**
 * @param parameters of the group; absent for post-processing runs
 * @param outputs how the template presents the run's files
 */
export function runView(
  run: Run,
  supplied: readonly SuppliedArgument[],
  files: readonly RunFile[],
  outputs: readonly OutputSpec[],
  parameters?: readonly unknown[],
) {
  const ended = run.state === 'ERROR' || run.state === 'CANCELED';
  return {
    ...runBase(run),
    workflowId: run.workflowId,
    ...(run.groupId === undefined ? {} : { groupId: run.groupId }),
    arguments: exactJson(supplied),
    ...(parameters ? { parameters } : {}),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
    ...(ended ? { messages: run.messages ?? [] } : {}),
    ...(run.usage === undefined ? {} : { usage: usageView(run.usage) }),
    ...(run.rescoredBy === undefined ? {} : { rescoredBy: run.rescoredBy }),
    ...(run.submittedAt === undefined ? {} : { submittedAt: run.submittedAt }),
    ...(run.warnings === undefined ? {} : { warnings: run.warnings }),
    ...(run.images === undefined ? {} : { images: run.images }),
    ...(run.reuse === undefined ? {} : { reuse: run.reuse }),
    ...(run.state === 'SUCCESS' || files.length > 0
      ? { files: files.map((file) => runFileView(file, outputs)) }
      : {}),
  };
}

/** What runs used: the list price in US dollars. */
export const usageView = ({ taskSeconds, vcpuSeconds, micros }: RunUsage) => ({
  taskSeconds,
  vcpuSeconds,
  usd: usdOf(micros),
});

/** What a run costs at most, by prices of a day and a region. */
export const estimateView = (steps: readonly StepEstimate[], { date, region }: Pricing) => ({
  steps: steps.map(({ micros, ...step }) => ({ ...step, usd: usdOf(micros) })),
  usd: usdOf(steps.reduce((sum, { micros }) => sum + micros, 0)),
  prices: { date, region },
});

/** A file under its name in the template, with the template's settings for its presentation. */
function runFileView({ id, path }: RunFile, outputs: readonly OutputSpec[]) {
  const spec = outputs.findLast(({ source }) => source === path);
  return {
    id,
    name: spec?.key ?? path,
    ...(spec?.title === undefined ? {} : { title: spec.title }),
    ...(spec?.caption === undefined ? {} : { caption: spec.caption }),
    ...(spec?.widget === undefined ? {} : { widget: spec.widget }),
    ...(spec?.format === undefined ? {} : { format: spec.format }),
  };
}
