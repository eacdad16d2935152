import { groupEntryCodec } from '../groups/group.ts';
import { auditWrite } from '../roles/audit.ts';
import { readRanked } from '../runs/documents/ranked.ts';
import { removeRun } from '../runs/remove.ts';
import { type RunEntry, readAnyRun, runEntryCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import type { Range } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { readModerations } from '../workflows/moderation.ts';
import { listEarlierLeaderboards } from '../workflows/versions.ts';
import { workflowEntryCodec } from '../workflows/workflow.ts';

/**
 * Finds old runs of all groups and old post-processing runs (flowServ engine specification, obsolete runs). Excludes
 * what users still see: active runs, the post-processing run of each leaderboard, the ranked runs that it processes, and
 * baselines.
 *
 * @param before text with which creation times are compared, such as `2026`, `2026-03-01` or a whole timestamp
 * @param state only runs in this state, if given
 */
export async function* findObsoleteRuns(
  services: Services,
  before: string,
  state?: string,
): AsyncGenerator<RunEntry> {
  for await (const item of services.table.range(keys.workflowEntries())) {
    const { id } = workflowEntryCodec.read(item);
    const kept = await keptRuns(services, id);
    for (const entries of await runLists(services, id)) {
      for (const entry of await obsolete(services, entries, before)) {
        if (kept.has(entry.id) || isActive(entry.state)) continue;
        if (state === undefined || entry.state === state) yield entry;
      }
    }
  }
}

/**
 * Deletes the runs that `findObsoleteRuns` finds, as the operator.
 *
 * @returns the number of deleted runs
 */
export async function removeObsoleteRuns(
  services: Services,
  before: string,
  state?: string,
): Promise<number> {
  let removed = 0;
  for await (const { id } of findObsoleteRuns(services, before, state)) {
    const run = await readAnyRun(services, id);
    if (!run) continue;
    const object = { type: 'run' as const, id };
    const audited = { actor: 'operator' as const, action: 'run.delete' as const, object };
    await removeRun(services, run, 'later', [auditWrite(services, run.workflowId, audited)]);
    removed += 1;
  }
  return removed;
}

async function keptRuns(services: Services, workflowId: string): Promise<Set<string>> {
  const current = await readLeaderboardState(services, workflowId);
  const kept = new Set<string>(current.hasBaselines ? await baselines(services, workflowId) : []);
  const leaderboards = [current, ...(await listEarlierLeaderboards(services, workflowId))];
  for (const { postprocRunId, postprocOf = {} } of leaderboards) {
    const shown = [postprocRunId, ...Object.values(postprocOf).map(({ runId }) => runId)];
    for (const postprocId of shown) {
      if (postprocId === undefined) continue;
      kept.add(postprocId);
      for (const runId of await readRanked(services, postprocId)) kept.add(runId);
    }
  }
  return kept;
}

async function baselines(services: Services, workflowId: string): Promise<string[]> {
  const { runs } = await readModerations(services, workflowId);
  return [...runs].filter(([, { baseline }]) => baseline !== undefined).map(([id]) => id);
}

/** The lists of a workflow's runs: one for each group, and one for its post-processing. */
async function runLists({ table }: Services, workflowId: string): Promise<Range[]> {
  const groups = (await table.list(keys.workflowGroups(workflowId))).map(groupEntryCodec.read);
  return [...groups.map(({ id }) => keys.runEntries(id)), keys.postprocEntries(workflowId)];
}

async function obsolete({ table }: Services, entries: Range, before: string): Promise<RunEntry[]> {
  const found: RunEntry[] = [];
  for await (const item of table.range(entries)) {
    const entry = runEntryCodec.read(item);
    // Entries are in order of creation, so no older one follows.
    if (entry.createdAt >= before) break;
    found.push(entry);
  }
  return found;
}
