import type { ConfiguredEngine } from '../engine-setting.ts';
import { logWarning } from '../log.ts';
import { type RunDocument, readRunDocument } from '../runs/documents/plan.ts';
import { moveRun } from '../runs/life-cycle.ts';
import { publicText } from '../runs/public-text.ts';
import { type Run, readAnyRun } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { RemoteOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import type { RemoteEngine } from './contract.ts';
import { EngineError } from './engine-error.ts';
import { remoteRun } from './inputs.ts';
import { noteBegun, noteProblem, noteRemoteId, releaseLease, takeLease } from './lease.ts';
import { openEngine } from './open-engine.ts';
import { keepOutputs, OutputsTooLarge } from './outputs.ts';
import { endAsFailure, endAsSuccess, endWithReason, executedSteps } from './records.ts';

const HOUR_MS = 3_600_000;
/** An engine that cannot be reached, or whose credentials or quota do not suffice, has this time to be repaired. */
const START_LIMIT_MS = 24 * HOUR_MS;
/** Maximum duration of a run, as at the stage itself. */
const RUN_LIMIT_MS = 7 * 24 * HOUR_MS;

/**
 * Does what is due for a run at a remote engine: creates and starts its workflow, polls it, keeps its outputs and ends
 * the run, or stops the workflow of a canceled run. The state is in the run's item and at the engine, never in memory:
 * an admission, the sweep of each minute and a cancellation call this, and any call may be repeated or lost.
 *
 * A lease lets one call at a time work on a run. A cancellation needs no lease; a call that works on a run that is
 * canceled meanwhile stops what it created.
 *
 * @throws Error for a fault of the product or of a service of AWS; faults of the engine are logged
 */
export async function advanceRun(
  services: Services,
  { runId, engine: engineId }: RemoteOrder,
): Promise<void> {
  const setting = services.config.engines.find(({ id }) => id === engineId);
  // The run waits for an operator who configures the engine again; participants may cancel it.
  if (!setting) throw new Error(`engine '${engineId}' is not configured`);
  const run = await readAnyRun(services, runId);
  const isOver = run && !isUnwanted(run) && !isActive(run.state);
  if (isOver || run?.queueNumber !== undefined) return;
  const engine = await openEngine(services.config, setting);
  if (run && !isUnwanted(run)) {
    const leased = await takeLease(services, run);
    if (!leased) return;
    try {
      await step(services, leased, setting, engine);
      await noteProblem(services, leased);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      logWarning('a remote engine failed', { runId, engine: engineId, reason: error.message });
      await noteProblem(services, leased, engineProblem(engineId));
    } finally {
      await releaseLease(services, leased);
    }
  }
  const now = run && !isUnwanted(run) ? await readAnyRun(services, runId) : run;
  if (!now || isUnwanted(now)) await stop(engine, now ?? { id: runId }, engineId);
}

/** What participants read about a failing engine. Its own message may repeat names of files, and is for the operator. */
const engineProblem = (engineId: string) =>
  `the remote engine '${engineId}' fails or cannot be reached; trying again each minute`;

/** Whether the workflow of a run serves no purpose any more. */
const isUnwanted = ({ state, deleting }: Run): boolean => deleting === true || state === 'CANCELED';

/** Stops a workflow. A fault of the engine changes nothing for the run, which is canceled already. */
async function stop(
  engine: RemoteEngine,
  { id: runId, remoteId }: Pick<Run, 'id' | 'remoteId'>,
  engineId: string,
): Promise<void> {
  try {
    await engine.stop(runId, remoteId);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    logWarning('a remote workflow was not stopped', { runId, engine: engineId, reason: error.message });
  }
}

async function step(
  services: Services,
  leased: Run,
  setting: ConfiguredEngine,
  engine: RemoteEngine,
): Promise<void> {
  const document = await readRunDocument(services, leased.id);
  if (document.privateFiles && !setting.privateFiles) {
    // It may have begun before the setting changed.
    await stop(engine, leased, setting.id);
    const reason = `the engine '${setting.id}' must not get private files`;
    return endWithReason(services, leased, document, reason, true);
  }
  const run = await noteBegun(services, leased);
  const limit = limitReached(run, services.now());
  if (limit !== undefined) {
    await stop(engine, run, setting.id);
    return endWithReason(services, run, document, limit);
  }
  try {
    await follow(services, run, document, engine, leased.remoteSince === undefined);
  } catch (error) {
    const isPermanent = error instanceof EngineError && error.isPermanent;
    if (!isPermanent && !(error instanceof OutputsTooLarge)) throw error;
    await stop(engine, run, setting.id);
    // The message may repeat names of files.
    const detail = document.privateFiles ? '' : `: ${error.message}`;
    const reason = isPermanent ? `the engine '${setting.id}' rejected the run${detail}` : error.message;
    await endWithReason(services, run, document, publicText(reason), isPermanent);
  }
}

/** Why a run has taken too long; undefined if it has not. */
function limitReached({ remoteSince, startedAt }: Run, now: Date): string | undefined {
  const milliseconds = now.getTime() - Date.parse(remoteSince ?? now.toISOString());
  if (milliseconds > RUN_LIMIT_MS) return 'the remote engine did not end the run within 7 days';
  const isLate = startedAt === undefined && milliseconds > START_LIMIT_MS;
  return isLate ? 'the remote engine did not begin the run within 24 hours' : undefined;
}

/**
 * Creates the workflow of a run if it has none, and does what its state calls for.
 *
 * @param isFirst whether the engine was never asked to execute the run, so that it cannot have a workflow
 */
async function follow(
  services: Services,
  run: Run,
  document: RunDocument,
  engine: RemoteEngine,
  isFirst: boolean,
): Promise<void> {
  const remote = () => remoteRun(services, run, document);
  const known = run.remoteId ?? (isFirst ? undefined : await engine.find(run.id));
  const id = known ?? (await engine.create(await remote()));
  if (run.remoteId === undefined && !(await noteRemoteId(services, run, id))) {
    // The run was canceled meanwhile, and the caller may not know the id.
    return engine.stop(run.id, id);
  }
  const logged = { runId: run.id, plan: document.plan };
  const state = await engine.state(id);
  switch (state) {
    case 'created':
      return engine.start(id, await remote());
    case 'queued':
      return;
    case 'running':
      await moveRun(services, run, 'RUNNING');
      return;
    case 'finished': {
      // A canceled run that was RUNNING is purged only after the lease, so no output arrives later.
      if (run.state === 'PENDING' && !(await moveRun(services, run, 'RUNNING'))) return;
      const last = executedSteps(document).at(-1)?.index ?? 0;
      const kept = await keepOutputs(services, run, document.plan, last, { engine, id });
      return endAsSuccess(services, run, document, kept);
    }
    case 'failed':
      return endAsFailure(services, run, document, await engine.logs(id, logged));
    case 'stopped':
      return endAsFailure(
        services,
        run,
        document,
        await engine.logs(id, logged).catch(noLogs),
        'the remote engine ended the workflow early',
      );
  }
}

/** The logs of a deleted workflow. */
function noLogs(error: unknown) {
  if (!(error instanceof EngineError)) throw error;
  return { steps: [], workflow: '' };
}
