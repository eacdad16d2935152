import { invalid, tooMany, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import { type Run, runCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { earlierResult, type RepeatableRequest, resultWrites } from '../store/repeatable.ts';
import {
  findRescore,
  listRescores,
  type RescoredRun,
  type RescoreRequest,
  rescoreCodec,
  rescoredRunCodec,
} from './request.ts';
import type { RescoreScope } from './scopes.ts';

/** Maximum number of requests of a workflow that are not finished. */
const MAX_OPEN = 5;
/** Requests that are counted; older ones are finished. */
const COUNTED = 50;
/** Maximum number of requests of a workflow in 24 hours: each run costs as much as when it was submitted. */
export const MAX_RESCORES_A_DAY = COUNTED;
/** If the message that starts the work is lost, the sweep sends it again after this time. */
const CHECK_MINUTES = 2;
/** Attempts to get the next number while others create requests too. */
const ROUNDS = 10;

export interface NewRescore {
  readonly workflowId: string;
  readonly scope: RescoreScope;
  /** Ids of runs, for the scope `runs`. */
  readonly runIds: readonly string[];
}

/**
 * Requests that runs of a workflow are scored again by its current version. The work is done in the background.
 *
 * @throws FlowservError 404 for a run that the workflow does not have, 400 for a run that cannot be scored again, and
 *   if too many requests are open, 429 after too many in 24 hours
 */
export async function createRescore(
  services: Services,
  actor: Exclude<Actor, 'operator'>,
  { workflowId, scope, runIds }: NewRescore,
  repeatable?: RepeatableRequest,
): Promise<RescoreRequest> {
  const { table, messages, now } = services;
  const earlier = await earlierResult(services, repeatable);
  if (earlier !== undefined) return findRescore(services, workflowId, Number(earlier));
  const runs = scope === 'runs' ? await namedRuns(services, workflowId, runIds) : [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const number = await nextNumber(services, workflowId);
    const at = now();
    const request: RescoreRequest = {
      ...{ workflowId, number, scope },
      createdAt: timestamp(at),
      user: { id: actor.id, name: actor.name },
      ...(scope === 'runs' ? {} : { listing: '' }),
      ...{ total: runs.length, done: 0, failed: 0, position: '', active: [], revision: 0 },
    };
    const due = dueAttributes(workflowId, minutesLater(at, CHECK_MINUTES));
    const detail = scope === 'runs' ? `${runs.length} runs` : `${scope} runs`;
    try {
      await table.transact([
        table.write.put({ ...rescoreCodec.write(keys.rescore(workflowId, number), request), ...due }, absent),
        table.write.check(keys.workflow(workflowId), alive),
        ...resultWrites(services, repeatable, String(number)),
        ...runs.map((run) =>
          table.write.put(rescoredRunCodec.write(keys.rescoredRun(workflowId, number, run.runId), run)),
        ),
        auditWrite(services, workflowId, {
          actor,
          action: 'runs.rescore',
          object: { type: 'rescore', id: String(number) },
          detail,
        }),
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.actions.includes(1)) throw unknownObject('workflow', workflowId);
      const other = await earlierResult(services, repeatable);
      if (other !== undefined) return findRescore(services, workflowId, Number(other));
      continue;
    }
    await messages.rescore(workflowId, number);
    return request;
  }
  throw invalid('rescore.open', 'too many requests to score runs again at the same time; please try again');
}

/** @throws FlowservError 400 if too many requests are open, 429 after too many in 24 hours */
async function nextNumber(services: Services, workflowId: string): Promise<number> {
  const { entries } = await listRescores(services, workflowId, { limit: COUNTED });
  const open = entries.filter(({ finishedAt }) => finishedAt === undefined);
  if (open.length >= MAX_OPEN) {
    const numbers = open.map(({ number }) => number).join(', ');
    throw invalid('rescore.open', `${MAX_OPEN} requests are not finished: ${numbers}; wait, or cancel one`);
  }
  const dayAgo = minutesLater(services.now(), -24 * 60);
  const first = entries[MAX_RESCORES_A_DAY - 1];
  if (first && first.createdAt > timestamp(dayAgo)) {
    const seconds = Math.ceil((Date.parse(first.createdAt) - dayAgo.getTime()) / 1000);
    throw tooMany(
      'rescore.limit',
      `runs of a workflow are scored again by at most ${MAX_RESCORES_A_DAY} requests in 24 hours`,
      seconds,
    );
  }
  return (entries[0]?.number ?? 0) + 1;
}

async function namedRuns(
  { table }: Services,
  workflowId: string,
  runIds: readonly string[],
): Promise<RescoredRun[]> {
  const wanted = [...new Set(runIds)];
  const items = (await table.getMany(wanted.map(keys.run))).map(runCodec.read);
  const runs = new Map(items.map((run) => [run.id, run]));
  return wanted.map((runId) => {
    const run = runs.get(runId);
    if (!run || run.deleting || run.workflowId !== workflowId || run.groupId === undefined) {
      throw unknownObject('run', runId);
    }
    const problem = problemOf(run);
    if (problem !== undefined) throw invalid('rescore.run', `run '${runId}' ${problem}`);
    return { runId, groupId: run.groupId, state: 'waiting' };
  });
}

/** Why a run cannot be scored again, to follow its name; undefined if it can. */
export function problemOf({ state, replacedBy, rescore }: Run): string | undefined {
  if (isActive(state)) return `has not ended: it is ${state}`;
  if (replacedBy !== undefined) return `was replaced by run ${replacedBy}`;
  if (rescore !== undefined) return `belongs to request ${rescore}, which has not ranked it yet`;
  return undefined;
}
