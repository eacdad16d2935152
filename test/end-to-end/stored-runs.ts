import { newId, newSecret, timestamp } from '../../shared/ids.ts';
import { inParallel } from '../../shared/parallel.ts';
import { suppliedCodec } from '../../shared/runs/documents/arguments.ts';
import { runFilesCodec } from '../../shared/runs/documents/files.ts';
import { entryWrite } from '../../shared/runs/life-cycle.ts';
import { resultItem } from '../../shared/runs/result.ts';
import { type Run, runCodec, runFileId } from '../../shared/runs/run.ts';
import type { Services } from '../../shared/services/services.ts';
import type { Write } from '../../shared/store/item.ts';
import { keys } from '../../shared/store/keys.ts';
import { prepareLargeText } from '../../shared/store/large-text.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { markDirty } from '../../shared/workflows/leaderboard-state.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';

/** The time of the first run of each call; the others follow at intervals of a second. */
const FIRST_RUN = Date.parse('2026-01-01T00:00:00Z');
/** Runs per transaction of 100 writes; a run takes six. */
const BATCH = 16;

/**
 * Stores completed and ranked runs of a group: items, an output, an entry on the leaderboard. Thousands of real
 * runs would take an hour.
 */
export async function storeRuns(
  services: Services,
  workflowId: string,
  groupId: string,
  count: number,
): Promise<string[]> {
  const { version } = await findWorkflow(services, workflowId);
  const runs = Array.from({ length: count }, (_, number): Run => {
    const at = timestamp(new Date(FIRST_RUN + number * 1000));
    const ended = { state: 'SUCCESS', createdAt: at, startedAt: at, finishedAt: at, settled: true } as const;
    return { id: newId(), workflowId, groupId, version, machineArn: '', fileSecret: newSecret(), ...ended };
  });
  const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) =>
    runs.slice(index * BATCH, (index + 1) * BATCH),
  );
  await inParallel(batches, 4, (batch) => storeBatch(services, workflowId, batch));
  return runs.map(({ id }) => id);
}

async function storeBatch(services: Services, workflowId: string, runs: readonly Run[]): Promise<void> {
  const writes = (await Promise.all(runs.map((run) => writesOf(services, run)))).flat();
  await services.table.transact([
    ...writes,
    markDirty(services, workflowId, { results: runs.length, trigger: 1 }),
  ]);
}

async function writesOf(services: Services, run: Run): Promise<Write[]> {
  const { table, objects } = services;
  const { id, workflowId, groupId = '', createdAt, startedAt = createdAt, finishedAt = createdAt } = run;
  const content = Buffer.from('{"score": 1}');
  const file = runFileId(run.fileSecret, 'result.json');
  const sha256 = await objects.write('data', objectKeys.runFile(workflowId, id, file), content);
  const files = runFilesCodec.write([{ id: file, path: 'result.json', size: content.length, sha256 }]);
  const document = (name: string, text: string) =>
    prepareLargeText(objects, keys.document(keys.run(id), name), text, () => '');
  const result = { runId: id, groupId, createdAt, startedAt, finishedAt, values: { score: 1 } };
  return [
    table.write.put(runCodec.write(keys.run(id), run)),
    entryWrite(table, run),
    table.write.put(await document('arguments', suppliedCodec.write([]))),
    table.write.put(await document('plan', '{}')),
    table.write.put(await document('files', files)),
    table.write.put(resultItem(keys.result(workflowId, createdAt, id), result)),
  ];
}
