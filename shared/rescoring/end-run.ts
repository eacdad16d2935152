import { type Group, readAnyGroup } from '../groups/group.ts';
import { entryKey, listChange } from '../runs/life-cycle.ts';
import { takeOverDecisions } from '../runs/moderate.ts';
import { type Result, rankedSinceOf, readResultItem, resultItem } from '../runs/result.ts';
import { type Run, readAnyRun } from '../runs/run.ts';
import { reasonNotRanked } from '../runs/warnings.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, alive, all, exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { readVersion } from '../workflows/version.ts';
import { failRun } from './fail-run.ts';
import { type RescoredRun, type RescoreRequest, rescoredRunCodec, unchanged } from './request.ts';

/**
 * Ends the work on a run of a request after the run that scored it again ended: that run takes its place on the
 * leaderboard, or the reason is recorded why it does not. If the request or one of the runs changed meanwhile, nothing
 * happens.
 *
 * @param run the run that ended; undefined if it is gone
 */
export async function endRescoringRun(
  services: Services,
  request: RescoreRequest,
  entry: RescoredRun,
  run: Run | undefined,
): Promise<void> {
  const original = await readAnyRun(services, entry.runId);
  const held = run && (await services.table.get(keys.heldResult(run.id)));
  const result = held && readResultItem(held);
  const reason = await whyNot(services, run, original, result);
  if (!run || !original || reason !== undefined) {
    await failRun(services, request, entry, reason ?? GONE, run?.id);
    return;
  }
  await replace(services, request, entry, { run, original, result });
}

const GONE = 'the run was deleted';

/** Why a run cannot take the place of the original; undefined if it can. */
async function whyNot(
  services: Services,
  run: Run | undefined,
  original: Run | undefined,
  result: Result | undefined,
): Promise<string | undefined> {
  if (!run || run.deleting) return 'the run that scored it again was deleted';
  if (!original || original.deleting) return GONE;
  if (original.replacedBy !== undefined) return `the run was replaced by run ${original.replacedBy}`;
  if (run.state !== 'SUCCESS')
    return (run.messages ?? []).join('\n').trim() || `the run ended as ${run.state}`;
  if (result) return undefined;
  const { template } = await readVersion(services, run.workflowId, run.version);
  return template.results ? (reasonNotRanked(run.warnings ?? []) ?? 'the run has no result') : undefined;
}

interface Replacement {
  readonly run: Run;
  readonly original: Run;
  /** The result of the run; undefined in a workflow without a leaderboard. */
  readonly result: Result | undefined;
}

async function replace(
  services: Services,
  request: RescoreRequest,
  entry: RescoredRun,
  { run, original, result }: Replacement,
): Promise<void> {
  const { table, messages } = services;
  const { workflowId, number, active, done } = request;
  const set = { done: done + 1, active: active.filter(({ by }) => by !== run.id) };
  const stored: RescoredRun = { ...entry, state: 'done' };
  const replaces = { set: { replaces: original.id } };
  const decisions = takeOverDecisions(services, original, run);
  const ofRun = { set: { ...replaces.set, ...decisions.change.set }, add: decisions.change.add ?? {} };
  const replacedBy = { set: { replacedBy: run.id } };
  const firstTime = all(alive, { expression: 'attribute_not_exists(#replacedBy)' });
  const replaced = await conditionally(
    table.transact([
      table.write.update(keys.rescore(workflowId, number), { set, add: { revision: 1 } }, unchanged(request)),
      table.write.put(rescoredRunCodec.write(keys.rescoredRun(workflowId, number, original.id), stored)),
      table.write.update(keys.run(run.id), { ...ofRun, remove: ['rescore'] }, alive),
      table.write.update(entryKey(run), replaces, exists),
      table.write.update(keys.run(original.id), replacedBy, all(firstTime, decisions.unchanged)),
      table.write.update(entryKey(original), replacedBy, exists),
      ...decisions.writes,
      ...(result ? await rankingWrites(services, run, original, result) : listChange(table, run)),
    ]),
  );
  if (replaced && result) await messages.leaderboardDirty(workflowId);
}

/**
 * The writes that put the result on the leaderboard. The original's leaves it if both are on the same one, and is kept
 * with its run. If the group chose the original, it now chose the run that replaces it.
 */
async function rankingWrites(
  services: Services,
  { id, workflowId, createdAt, groupId }: Run,
  original: Run,
  result: Result,
): Promise<Write[]> {
  const { table } = services;
  const key = keys.result(workflowId, original.createdAt, original.id);
  const [former, group] = await Promise.all([
    table.get(key),
    groupId === undefined ? undefined : readAnyGroup(services, groupId),
  ]);
  const before = former && readResultItem(former);
  const isSame = before !== undefined && rankedSinceOf(before) === rankedSinceOf(result);
  const ranked = before?.chosen === true ? { ...result, chosen: true } : result;
  const { write } = table;
  return [
    write.put(resultItem(keys.result(workflowId, createdAt, id), ranked), absent),
    write.remove(keys.heldResult(id), exists),
    ...(isSame
      ? [write.remove(key, exists), write.put({ ...former, ...keys.formerResult(original.id) })]
      : []),
    ...(group ? choiceWrites(services, group, original.id, id) : []),
    markDirty(services, workflowId, { results: isSame ? 0 : 1, trigger: 1 }),
  ];
}

function choiceWrites({ table }: Services, group: Group, from: string, to: string): Write[] {
  const { id, chosen = [], revision } = group;
  if (!chosen.includes(from)) return listChange(table, { groupId: id });
  const set = { chosen: chosen.map((runId) => (runId === from ? to : runId)) };
  const asRead = { expression: '#revision = :revision', values: { revision } };
  return [table.write.update(keys.group(id), { set, add: { revision: 1, runChanges: 1 } }, asRead)];
}
