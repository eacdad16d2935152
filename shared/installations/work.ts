import { FlowservError } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { logError, logInfo } from '../log.ts';
import { includesRole } from '../roles/names.ts';
import { readRole } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import type { Change } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { revealedPhases } from '../template/visibility.ts';
import { abandonVersion, installVersion } from '../workflows/install-version.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { CHECK_MINUTES } from './create.ts';
import { checkBudget, checkLogins, checkSettings } from './operator-only.ts';
import { type PlannedFolder, planFolder } from './plan-folder.ts';
import { bounded, type Findings, type Installation, isOpen, readInstallation, unchanged } from './request.ts';
import { findSource, removeSourceById } from './sources.ts';
import { withUnpacked } from './unpack.ts';

/** A minute longer than the function may take: after it, nobody works on the request. */
const LEASE_MINUTES = 16;
/** Attempts that may end without a result, because the function failed or was killed. */
const MAX_ATTEMPTS = 3;

/** How a request ended. */
interface Outcome extends Findings {
  readonly state: 'installed' | 'unchanged' | 'checked' | 'failed';
}

/**
 * Works on the request to install a version: reads, checks and compiles the source, and installs it. One caller at a
 * time holds its lease. After an interruption, the queue or the sweep calls it again; it first takes away what the
 * interrupted attempt stored, so that this one cannot be installed any more, or finds that it was.
 *
 * @throws what is not the organiser's fault, for the alarm of the function; the request stays open then
 */
export async function workOnInstallation(services: Services, workflowId: string): Promise<void> {
  const request = await readInstallation(services, workflowId);
  if (!request || !isOpen(request) || request.leaseUntil > services.now().getTime()) return;
  const { versionId, attempts, number } = request;
  if (versionId !== undefined && (await abandonVersion(services, workflowId, versionId))) {
    return finish(services, request, { state: 'installed' });
  }
  if (attempts >= MAX_ATTEMPTS) {
    logError('a version was not installed', { workflowId, number, attempts }, undefined);
    return finish(services, request, failure([GIVEN_UP]));
  }
  const taken = await take(services, request);
  if (!taken) return;
  let outcome: Outcome;
  try {
    outcome = await install(services, taken);
  } catch (error) {
    if (!(error instanceof FlowservError)) {
      await release(services, taken);
      throw error;
    }
    outcome = failure([error.message]);
  }
  await finish(services, taken, outcome);
}

const GIVEN_UP =
  'the version could not be installed in three attempts; the operator finds the reason in the log of the function install';

const failure = (problems: readonly string[], findings: Findings = {}): Outcome => ({
  ...findings,
  state: 'failed',
  problems: [...problems],
});

/** Takes the lease on a request, with the id of the version to store; undefined if another caller has it. */
async function take(services: Services, request: Installation): Promise<Installation | undefined> {
  const { table, now } = services;
  const leaseEnd = minutesLater(now(), LEASE_MINUTES);
  const change = { state: 'installing', leaseUntil: leaseEnd.getTime(), versionId: newId() } as const;
  const set = { ...change, ...dueAttributes(request.workflowId, minutesLater(leaseEnd, 1)) };
  const key = keys.installation(request.workflowId);
  const update = table.update(key, { set, add: { attempts: 1, revision: 1 } }, unchanged(request));
  if (!(await conditionally(update))) return undefined;
  return { ...request, ...change, attempts: request.attempts + 1, revision: request.revision + 1 };
}

/** Lets another attempt begin, by the sweep. */
async function release({ table, now }: Services, request: Installation): Promise<void> {
  const { workflowId } = request;
  const set = { leaseUntil: 0, ...dueAttributes(workflowId, minutesLater(now(), CHECK_MINUTES)) };
  const change = { set, add: { revision: 1 } };
  await conditionally(table.update(keys.installation(workflowId), change, unchanged(request)));
}

async function install(services: Services, request: Installation): Promise<Outcome> {
  const { workflowId, user, sourceId } = request;
  const role = await readRole(services, workflowId, user.id);
  if (!includesRole(role, 'organiser')) return failure([`${user.name} is not an organiser any more`]);
  const workflow = await findWorkflow(services, workflowId);
  checkSettings(await readVersion(services, workflowId, workflow.version));
  const source = await findSource(services, workflowId, sourceId);
  return withUnpacked(services, source, async (folder) => {
    const planned = await planFolder(services, workflowId, folder);
    if ('problems' in planned) return failure(planned.problems);
    return installPlanned(services, request, planned);
  });
}

async function installPlanned(
  services: Services,
  request: Installation,
  { plan, source, groups }: PlannedFolder,
): Promise<Outcome> {
  const { workflowId, number, dryRun, confirmed, user, token, versionId, sha256 } = request;
  const { workflow, changes, files, isNewLeaderboard, warnings } = plan;
  const current = await readVersion(services, workflowId, workflow.version);
  checkLogins(services, current, source.template);
  checkBudget(current, source.contest);
  const revealed = revealedPhases(current, source, services.now());
  const findings: Findings = {
    warnings: warnings.map(({ code, message }) => ({ code, message })),
    changes: [...changes],
    files: [...files],
    isNewLeaderboard,
    groups: [...groups],
    ...(revealed.length > 0 && { confirm: revealed }),
  };
  if (plan.number !== number)
    return failure(['another version was installed meanwhile; request it again'], findings);
  if (changes.length === 0) return { ...findings, state: 'unchanged' };
  if (dryRun) return { ...findings, state: 'checked' };
  const open = revealed.filter((phase) => !confirmed.includes(phase));
  if (open.length > 0) {
    const names = open.map((phase) => `'${phase}'`).join(', ');
    const why = `the version may show what is hidden in ${names}; request it again with these names in 'confirm'`;
    return failure([why], findings);
  }
  const scope = token === undefined ? undefined : { tokenName: token };
  const actor = { ...user, scope };
  const outcome: Outcome = { ...findings, state: 'installed' };
  const key = keys.installation(workflowId);
  const also = services.table.write.update(key, endOf(services, outcome), unchanged(request));
  await installVersion(services, plan, source, {
    actor,
    sha256,
    also,
    ...(versionId !== undefined && { versionId }),
  });
  return outcome;
}

/** The change that records how a request ended. */
function endOf({ now }: Services, { state, ...findings }: Outcome): Change {
  return {
    set: { state, ...bounded(findings), finishedAt: timestamp(now()), leaseUntil: 0 },
    add: { revision: 1 },
    remove: dueNames,
  };
}

/** Records how a request ended, unless another caller took over, and removes a zip that is not needed any more. */
async function finish(services: Services, request: Installation, outcome: Outcome): Promise<void> {
  const { workflowId, number, sourceId } = request;
  const { state } = outcome;
  const update = services.table.update(
    keys.installation(workflowId),
    endOf(services, outcome),
    unchanged(request),
  );
  // The transaction that installed the version recorded it.
  if (!(await conditionally(update)) && state !== 'installed') return;
  logInfo('the request to install a version ended', { workflowId, number, state });
  // A checked source is usually installed next, and one without confirmation is confirmed. The sweep removes these.
  const isNeeded = state === 'checked' || outcome.confirm !== undefined;
  if (!isNeeded || state === 'installed') await removeSourceById(services, workflowId, sourceId);
}
