import { invalid } from '../errors.ts';
import { newId } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import { runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Change, Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import {
  type LeaderboardState,
  leaderboardDue,
  postprocRunOf,
  readLeaderboardState,
} from '../workflows/leaderboard-state.ts';
import { readVersion } from '../workflows/version.ts';
import type { Workflow } from '../workflows/workflow.ts';

/** Attempts while the leaderboard changes between reading and writing it. */
const ROUNDS = 5;
/** The digest of no set of runs. */
const NO_SET = '';

/**
 * Has the leaderboard function repeat the post-processing of each phase whose last run failed or was canceled, with the
 * ranking as it is then. Changes nothing if there is none, or if it is requested already.
 *
 * @throws FlowservError 400 for a workflow without post-processing
 */
export async function retryPostproc(services: Services, actor: Actor, workflow: Workflow): Promise<void> {
  const { table, messages } = services;
  const { template, ignorePostproc } = await readVersion(services, workflow.id, workflow.version);
  if (!template.postproc || ignorePostproc) {
    throw invalid('postproc.absent', 'the workflow has no post-processing');
  }
  const object = { type: 'workflow', id: workflow.id } as const;
  for (let round = 0; round < ROUNDS; round += 1) {
    const leaderboard = await readLeaderboardState(services, workflow.id);
    const failed = await failedOf(services, leaderboard);
    if (failed.length === 0) return;
    const detail = failed.flatMap((phase) => phase ?? []).join(', ') || undefined;
    const { set, remove } = withoutSets(leaderboard, failed);
    const change = {
      set: { ...leaderboardDue(services, workflow.id), ...set },
      add: { trigger: 1 },
      remove,
    };
    const written = await conditionally(
      table.transact([
        table.write.update(keys.leaderboard(workflow.id), change, unchanged(leaderboard)),
        auditWrite(services, workflow.id, { actor, action: 'postproc.retry', object, detail }),
      ]),
    );
    if (!written) continue;
    await messages.leaderboardDirty(workflow.id);
    return;
  }
}

/** Phases whose post-processing failed and is not to be repeated already; undefined stands for all without phases. */
async function failedOf(services: Services, leaderboard: LeaderboardState): Promise<(string | undefined)[]> {
  const { postprocRunId, postprocSet, postprocOf = {} } = leaderboard;
  const phases = [
    ...(postprocRunId === undefined || postprocSet === undefined ? [] : [undefined]),
    ...Object.entries(postprocOf).flatMap(([phase, { set }]) => (set === NO_SET ? [] : [phase])),
  ];
  const runIds = phases.flatMap((phase) => postprocRunOf(leaderboard, phase) ?? []);
  const items = await services.table.getMany([...new Set(runIds)].map((id) => keys.run(id)));
  const runs = items.map(runCodec.read);
  const ended = new Set(
    runs.filter(({ state }) => state === 'ERROR' || state === 'CANCELED').map(({ id }) => id),
  );
  return phases.filter((phase) => ended.has(postprocRunOf(leaderboard, phase) ?? ''));
}

/** Forgets which sets of runs were processed. The runs that readers see stay until others take their places. */
function withoutSets(
  { postprocOf = {} }: LeaderboardState,
  failed: readonly (string | undefined)[],
): Required<Pick<Change, 'set' | 'remove'>> {
  const phases = new Set(failed);
  const entries = Object.entries(postprocOf).map(([phase, entry]) => [
    phase,
    phases.has(phase) ? { ...entry, set: NO_SET } : entry,
  ]);
  return {
    set: entries.length === 0 ? {} : { postprocOf: Object.fromEntries(entries), postprocLast: newId() },
    remove: phases.has(undefined) ? ['postprocSet'] : [],
  };
}

/** The condition that no post-processing began since the state was read. */
function unchanged({ trigger, postprocRunId, postprocLast }: LeaderboardState): Condition {
  const same = (name: string, value: string | undefined) =>
    value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`;
  return {
    expression: [
      '#trigger = :trigger',
      same('postprocRunId', postprocRunId),
      same('postprocLast', postprocLast),
    ].join(' AND '),
    values: {
      trigger,
      ...(postprocRunId === undefined ? {} : { postprocRunId }),
      ...(postprocLast === undefined ? {} : { postprocLast }),
    },
  };
}
