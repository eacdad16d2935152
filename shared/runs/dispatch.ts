import { setTimeout as sleep } from 'node:timers/promises';
import { logError, logWarning } from '../log.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type BudgetUse, isUsedUp, readBudget } from '../workflows/budget.ts';
import { readStateMachines, type StateMachines, stateMachineOf } from '../workflows/state-machines.ts';
import { holdRun, waitsUnder } from './hold.ts';
import { findOverdue, isPassedOver, notePassedOver } from './passed-over.ts';
import { findUse, forget, inTurn, type QueuedRun, vcpusOfQueued } from './queue.ts';
import { isLastInQueue, readAnyRun, vcpusHeldBy } from './run.ts';

/** Maximum number of runs per pass, which is also that of executions started at the same time. */
const PASS_LIMIT = 500;
/** Time after which a pass admits no further run. Its last launches take about 10 s more, and the function has 60 s. */
const PASS_MS = 20_000;
/**
 * Pauses in milliseconds before a state machine that was not found is looked up again: a new one may stay invisible
 * for some seconds (Step Functions API reference, CreateStateMachine, eventual consistency).
 */
const STATE_MACHINE_PAUSES_MS = [250, 500, 1000, 2000, 4000];
/** Time after which the sweep checks an admitted run, in case the call of StartExecution was lost. */
const START_CHECK_MINUTES = 2;

/**
 * Part of the capacity up to which runs that score others again are admitted, so that a participant who submits
 * meanwhile finds free vCPUs. One that is larger is admitted while nothing else runs.
 */
const RESCORING_SHARE = 0.75;

/** Maximum number of runs that a pass leaves waiting because they need more vCPUs than are free, before it ends. */
const MAX_PASSED_OVER = 10;

/**
 * Admits waiting runs while the stage has free vCPUs and is not paused. Takes them in turn over the queue owners, so
 * that one user with many submissions does not hold up the others; each pass continues after the owner where the
 * previous one ended. Safe to run at any time and concurrently: one transaction takes a run from the queue and takes
 * its vCPUs. A pass is bounded; when it leaves runs waiting and vCPUs free, it requests another one.
 *
 * A run that needs more vCPUs than are free does not hold up the runs of other owners, until it was passed over for
 * some minutes: then no run is admitted before it (`passed-over.ts`).
 *
 * @returns the number of runs that were admitted
 */
export async function dispatch(services: Services): Promise<number> {
  const { table, messages } = services;
  const stage = await table.get(keys.capacity());
  if (!hasRoom(services, stage)) return 0;
  const pass = createPass(services, stage);
  let more = false;
  try {
    const overdue = await findOverdue(services, stage);
    if (!overdue || (await pass.admit(overdue)) !== 'full') {
      const passedOver = new Set<string>();
      const owner = typeof stage?.party === 'string' ? stage.party : '';
      for await (const waiting of inTurn(table, owner, passedOver)) {
        more = pass.isOver();
        if (more) break;
        if ((await pass.admit(waiting)) !== 'full') continue;
        // Smaller runs that score others again do not overtake it, and no vCPUs are kept for it.
        if (isLastInQueue(waiting.party)) break;
        const now = await table.get(keys.capacity());
        if (!hasRoom(services, now)) break;
        if (passedOver.size === 0) await notePassedOver(services, now, waiting);
        passedOver.add(waiting.party);
        if (passedOver.size >= MAX_PASSED_OVER) break;
      }
    }
  } finally {
    // Also when an admission failed: a function does no work after it responded.
    await pass.launched();
  }
  if (pass.admitted() > 0) services.metrics.record({ RunsAdmitted: pass.admitted() });
  if (more) await messages.dispatch();
  return pass.admitted();
}

/** Whether vCPUs are free, and the operator did not stop admission. */
const hasRoom = ({ config }: Services, stage: Item | undefined): boolean =>
  stage?.paused !== true && Number(stage?.inUse ?? 0) < config.capacity;

/** One call of the dispatcher. */
function createPass(services: Services, stage: Item | undefined) {
  const begun = performance.now();
  const launches: Promise<void>[] = [];
  const absent = new Set<string>();
  const stateMachineOfRun = rememberStateMachines(services);
  const usedUpFor = rememberBudgets(services);
  let looks = 0;
  return {
    isOver: () => looks >= PASS_LIMIT || performance.now() - begun >= PASS_MS,
    async admit(waiting: QueuedRun): Promise<Admission> {
      looks += 1;
      const [machineArn, usedUp] = await Promise.all([stateMachineOfRun(waiting), usedUpFor(waiting)]);
      const queued = { ...waiting, machineArn };
      if (usedUp) return (await holdRun(services, queued, usedUp)) ? 'gone' : goneOrFull(services, queued);
      const outcome = await admit(services, queued, isPassedOver(stage, queued));
      // A state machine that is not visible yet holds up no other run.
      if (outcome === 'admitted') launches.push(launch(services, queued, absent));
      return outcome;
    },
    /** Number of runs that were admitted. */
    admitted: () => launches.length,
    /** Waits until all admitted runs are started. */
    launched: () => Promise.all(launches),
  };
}

/**
 * Returns a function that finds the state machine of a queued run. It differs from the one at the run's start if the
 * version was compiled again since. Each version is looked up once per pass.
 */
function rememberStateMachines(services: Services): (queued: QueuedRun) => Promise<string> {
  const known = new Map<string, Promise<StateMachines | undefined>>();
  return async (queued) => {
    const { machineArn } = queued;
    const use = await findUse(services.table, queued);
    if (!use) return machineArn;
    const name = `${use.workflowId}/${use.versionId}`;
    const reading = known.get(name) ?? readStateMachines(services, use);
    known.set(name, reading);
    const stateMachines = await reading;
    return stateMachines ? stateMachineOf(stateMachines, use.isPostproc) : machineArn;
  };
}

/**
 * Returns a function that finds the budget of a queued run's workflow if it is used up. Each workflow is looked up once per
 * pass. Post-processing, which completes the leaderboard, and runs at a remote engine, which cost nothing here, need none.
 */
function rememberBudgets(services: Services): (queued: QueuedRun) => Promise<BudgetUse | undefined> {
  const known = new Map<string, Promise<BudgetUse | undefined>>();
  return async (queued) => {
    const use = queued.engine === undefined ? await findUse(services.table, queued) : undefined;
    if (!use || use.isPostproc) return undefined;
    const reading = known.get(use.workflowId) ?? readBudget(services, use.workflowId);
    known.set(use.workflowId, reading);
    const budget = await reading;
    return budget && isUsedUp(budget) ? budget : undefined;
  };
}

/** `full` when too few vCPUs are free, or the stage is paused; `gone` when the run no longer waits. */
type Admission = 'admitted' | 'full' | 'gone';

/** @param wasPassedOver whether the stage keeps vCPUs for the run, or will */
async function admit(services: Services, queued: QueuedRun, wasPassedOver: boolean): Promise<Admission> {
  const { table, config, now } = services;
  // A lower capacity than at the start of the run must not keep it waiting for good: it takes the whole capacity.
  const vcpus = Math.min(vcpusOfQueued(queued), config.capacity);
  const capacity = isLastInQueue(queued.party)
    ? Math.max(vcpus, Math.floor(RESCORING_SHARE * config.capacity))
    : config.capacity;
  const vcpusFree: Condition = {
    expression:
      '(attribute_not_exists(#inUse) OR #inUse <= :room) AND (attribute_not_exists(#paused) OR #paused = :no)',
    values: { room: capacity - vcpus, no: false },
  };
  const due = dueAttributes(queued.runId, minutesLater(now(), START_CHECK_MINUTES));
  const taken = {
    set: { v: 1, party: queued.party },
    add: { inUse: vcpus },
    ...(wasPassedOver ? { remove: ['passedOver'] } : {}),
  };
  const { machineArn } = queued;
  const started = { set: { admitted: true, vcpusHeld: vcpus, machineArn, ...due }, remove: ['queueNumber'] };
  try {
    await table.transact([
      table.write.update(keys.capacity(), taken, vcpusFree),
      table.write.update(keys.run(queued.runId), started, waitsUnder(queued.number)),
      table.write.remove(keys.queued(queued.party, queued.number)),
    ]);
    return 'admitted';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(1)) return 'full';
    return goneOrFull(services, queued);
  }
}

/** A stale entry that stays would be returned again and again. */
const goneOrFull = async ({ table }: Services, queued: QueuedRun): Promise<Admission> =>
  (await forget(table, queued)) ? 'gone' : 'full';

/**
 * Starts the execution of an admitted run, or requests its start at a remote engine. If that fails now, the sweep
 * starts it later.
 *
 * @param absent state machines that were not found; their other runs get one attempt each, without pauses
 */
async function launch(
  { executions, messages }: Services,
  { runId, machineArn, engine }: QueuedRun,
  absent: Set<string>,
): Promise<void> {
  try {
    if (engine !== undefined) return await messages.remoteRun({ runId, engine });
    for (const pause of [0, ...STATE_MACHINE_PAUSES_MS]) {
      if (pause > 0) await sleep(pause);
      if ((await executions.start(machineArn, runId)) || absent.has(machineArn)) return;
    }
    absent.add(machineArn);
    logWarning('the state machine of an admitted run was not found', { runId, machineArn });
  } catch (error) {
    logError('an admitted run was not started', { runId }, error);
  }
}

/**
 * Releases the vCPUs that an ended run holds, once. An ended run is not admitted any more, so what is read here is what
 * it took.
 */
export async function releaseSlot(services: Services, runId: string): Promise<void> {
  const { table } = services;
  const run = await readAnyRun(services, runId);
  if (!run?.admitted) return;
  const holds: Condition = { expression: '#admitted = :yes', values: { yes: true } };
  await conditionally(
    table.transact([
      table.write.update(keys.run(runId), { remove: ['admitted', 'vcpusHeld'] }, holds),
      table.write.update(keys.capacity(), { add: { inUse: -vcpusHeldBy(run) } }),
    ]),
  );
}
