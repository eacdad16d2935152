import type { Client } from '../../shared/client/client.ts';
import { newId, timestamp } from '../../shared/ids.ts';
import { resultItem } from '../../shared/runs/result.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { markDirty, readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { install } from './participant.ts';

export const GROUPS = 10;
/** Runs per transaction of 100 writes (DynamoDB, TransactWriteItems), one of which marks the leaderboard. */
const BATCH = 99;
/** The first run of every leaderboard, so that the leaderboards differ only in their size. */
const FIRST_RUN = Date.parse('2025-01-01T00:00:00Z');

const TEMPLATE = `workflow:
  files: {outputs: [result.json]}
  steps:
    - name: score
      action: {environment: 'python:3.9', commands: ['true']}
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
    - {name: errors, label: Errors, dtype: int}
`;

export interface RankedWorkflow {
  readonly id: string;
  readonly runs: number;
  /** Milliseconds that the leaderboard function took for the snapshot. */
  readonly buildMs: number;
}

/**
 * Installs a workflow with ten groups and the given number of ranked runs. Real runs would take an hour, so only their
 * results are written, in the same form as by `settle-run`. The leaderboard function then builds the snapshot.
 */
export async function rankedWorkflow(
  services: Services,
  client: Client,
  runs: number,
): Promise<RankedWorkflow> {
  const id = await install(services, `Leaderboard${runs}`, TEMPLATE);
  const groups: string[] = [];
  for (let group = 0; group < GROUPS; group += 1) {
    groups.push((await client.groups.create(id, { name: `Group ${group}` })).id);
  }
  for (let first = 0; first < runs; first += BATCH) {
    await writeResults(services, id, groups, first, Math.min(BATCH, runs - first));
  }
  await services.messages.leaderboardDirty(id);
  const leaderboard = await poll(async () => {
    const current = await readLeaderboardState(services, id);
    return current.built === current.dirty ? current : undefined;
  }, `the leaderboard of ${runs} runs was not built`);
  return { id, runs, buildMs: leaderboard.buildMs ?? Number.NaN };
}

/** Writes results in the same form as `settle-run`, for runs that do not exist. */
export async function writeResults(
  services: Services,
  workflowId: string,
  groups: readonly string[],
  first: number,
  count: number,
): Promise<void> {
  const { table } = services;
  const writes = Array.from({ length: count }, (_, offset) => {
    const number = first + offset;
    const runId = newId();
    const at = timestamp(new Date(FIRST_RUN + number * 1000));
    const groupId = groups[number % groups.length] ?? '';
    const values = { score: (number * 7919) % 10_007, errors: number % 17 };
    const result = { runId, groupId, createdAt: at, startedAt: at, finishedAt: at, values };
    return table.write.put(resultItem(keys.result(workflowId, at, runId), result));
  });
  await table.transact([...writes, markDirty(services, workflowId, { results: count, trigger: 1 })]);
}
