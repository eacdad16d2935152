import { invalid, tooMany, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import type { Actor } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, alive, all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { readVersionEntry, type VersionEntry } from '../workflows/versions.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { type Installation, installationCodec, isOpen, readInstallation, unchanged } from './request.ts';
import { findSource, keepWrite, type Source } from './sources.ts';

/** Maximum number of requests of a workflow in 24 hours, dry runs included: each reads a source as a whole. */
export const MAX_INSTALLATIONS_A_DAY = 40;
const DAY_MINUTES = 24 * 60;
/** If the message that starts the work is lost, the sweep sends it again after this time. */
export const CHECK_MINUTES = 2;

export interface NewInstallation {
  /** Id of the uploaded zip. */
  readonly sourceId: string;
  readonly dryRun: boolean;
  /** Phases whose results the version may show. */
  readonly confirm: readonly string[];
}

/** A request, or the installed version of the same zip. */
export type Requested =
  | { readonly kind: 'request'; readonly request: Installation }
  | { readonly kind: 'version'; readonly entry: VersionEntry };

/**
 * Requests the installation of an uploaded source as the next version of a workflow. The work is done in the
 * background. Repeating a request returns the first one, and a zip whose version is installed returns that version.
 *
 * @throws FlowservError 404 for an unknown zip, 400 for one that is not complete or while another request is open,
 *   429 after too many in 24 hours
 */
export async function createInstallation(
  services: Services,
  actor: Exclude<Actor, 'operator'>,
  workflow: Workflow,
  wanted: NewInstallation,
): Promise<Requested> {
  const { table, messages } = services;
  const { id: workflowId } = workflow;
  const previous = await readInstallation(services, workflowId);
  if (previous && isSame(previous, wanted)) return { kind: 'request', request: previous };
  const source = await findSource(services, workflowId, wanted.sourceId);
  if (!source.isComplete) throw invalid('source.incomplete', 'the upload of the zip is not complete');
  const installed = wanted.dryRun ? undefined : await installedFrom(services, workflow, source);
  if (installed) return { kind: 'version', entry: installed };
  if (previous && isOpen(previous)) {
    const { sha256, dryRun, confirmed, user, number } = previous;
    const isEqual =
      sha256 === source.sha256 && isSame({ sourceId: wanted.sourceId, dryRun, confirmed }, wanted);
    if (isEqual) return { kind: 'request', request: previous };
    throw invalid(
      'version.open',
      `version ${number}, which ${user.name} requested, is being installed; wait for its end`,
    );
  }
  const request = newInstallation(services, actor, workflow, { previous, source, wanted });
  try {
    await table.transact([
      table.write.check(keys.workflow(workflowId), all(alive, atVersion(workflow))),
      table.write.put(
        {
          ...installationCodec.write(keys.installation(workflowId), request),
          ...dueAttributes(workflowId, minutesLater(services.now(), CHECK_MINUTES)),
        },
        previous ? unchanged(previous) : absent,
      ),
      keepWrite(services, source),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return afterConflict(services, workflow, wanted, error);
  }
  await messages.install(workflowId);
  return { kind: 'request', request };
}

/** Whether a request is for the same zip, and means the same. */
const isSame = (
  { sourceId, dryRun, confirmed }: Pick<Installation, 'sourceId' | 'dryRun' | 'confirmed'>,
  wanted: NewInstallation,
): boolean =>
  sourceId === wanted.sourceId &&
  dryRun === wanted.dryRun &&
  confirmed.toSorted().join() === wanted.confirm.toSorted().join();

const atVersion = ({ version }: Workflow): Condition => ({
  expression: '#version = :version',
  values: { version },
});

/** The installed version if it comes from the same zip. */
async function installedFrom(
  services: Services,
  workflow: Workflow,
  { sha256 }: Source,
): Promise<VersionEntry | undefined> {
  const entry = await readVersionEntry(services, workflow, workflow.number);
  return entry?.sha256 === sha256 ? entry : undefined;
}

interface Context {
  readonly previous: Installation | undefined;
  readonly source: Source;
  readonly wanted: NewInstallation;
}

/** @throws FlowservError 429 after too many requests in 24 hours */
function newInstallation(
  { now }: Services,
  { id, name, scope }: Exclude<Actor, 'operator'>,
  workflow: Workflow,
  { previous, source, wanted }: Context,
): Installation {
  const at = now();
  const dayAgo = minutesLater(at, -DAY_MINUTES);
  const recent = (previous?.recent ?? []).filter((time) => time > timestamp(dayAgo));
  const [first] = recent;
  if (first !== undefined && recent.length >= MAX_INSTALLATIONS_A_DAY) {
    throw tooMany(
      'version.limit',
      `at most ${MAX_INSTALLATIONS_A_DAY} versions of a workflow are requested in 24 hours`,
      Math.ceil((Date.parse(first) - dayAgo.getTime()) / 1000),
    );
  }
  const createdAt = timestamp(at);
  return {
    workflowId: workflow.id,
    number: workflow.number + 1,
    sourceId: source.id,
    sha256: source.sha256,
    dryRun: wanted.dryRun,
    confirmed: [...wanted.confirm],
    user: { id, name },
    ...(scope ? { token: scope.tokenName } : {}),
    createdAt,
    state: 'waiting',
    attempts: 0,
    leaseUntil: 0,
    recent: [...recent, createdAt],
    revision: 0,
  };
}

/** Another request came first: the same one is the result, any other a conflict. */
async function afterConflict(
  services: Services,
  { id, number }: Workflow,
  wanted: NewInstallation,
  { actions }: ConditionFailed,
): Promise<Requested> {
  const other = await readInstallation(services, id);
  if (other && isSame(other, wanted)) return { kind: 'request', request: other };
  if (actions.includes(2)) throw unknownObject('source', wanted.sourceId);
  throw invalid(
    'version.open',
    `another request to install version ${number + 1} came first; compare again with the version that is installed`,
  );
}
