import { firstTree } from '../broker/tree.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { Run } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readStaticFiles } from '../workflows/version.ts';
import type { RemoteInput, RemoteRun } from './contract.ts';

/**
 * Returns what an engine needs to execute a run: its plan, and the files that its first step starts from, as for a
 * step of the stage itself.
 */
export async function remoteRun(services: Services, run: Run, document: RunDocument): Promise<RemoteRun> {
  const files = await readStaticFiles(services, run.workflowId, run.version);
  const tree = firstTree(files, document, document.privateFiles);
  const keyOf = (id: string, sha256: string): string | undefined =>
    id.startsWith('s')
      ? objectKeys.staticFile(run.workflowId, run.version, sha256)
      : document.inputs[Number(id.slice(1))]?.object;
  const inputs = tree.flatMap((entry): RemoteInput[] => {
    if (entry.type !== 'file') return [];
    const { path, size, sha256, source } = entry;
    return [{ path, size, open: () => openObject(services, keyOf(source.id, sha256), path) }];
  });
  return { runId: run.id, plan: document.plan, inputs };
}

async function openObject({ objects }: Services, key: string | undefined, path: string) {
  const object = key === undefined ? undefined : await objects.open('data', key);
  if (!object) throw new Error(`the content of '${path}' is missing`);
  return object.body;
}
