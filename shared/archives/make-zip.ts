import { FlowservError } from '../errors.ts';
import type { Crate } from '../provenance/crate.ts';
import { runCrate } from '../provenance/run-crate.ts';
import { workflowCrate } from '../provenance/workflow-crate.ts';
import type { Run } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { starterKit } from '../starter-kit/starter-kit.ts';
import { objectKeys } from '../volumes/keys.ts';
import { isStillInstalled } from '../workflows/workflow.ts';
import { readCurrentVersion, readRunCrate, runCrateObject, workflowCrateObject } from './crates.ts';
import { starterKitObject } from './starter-kits.ts';
import { writeZip, type ZipMember } from './zip.ts';
import { documentMember, storedMember } from './zip-members.ts';

/** @throws FlowservError 404 when the run, its group or its workflow was deleted */
export async function packRunCrate(services: Services, run: Run): Promise<void> {
  const source = await readRunCrate(services, run);
  const folder = objectKeys.runCrates(run.workflowId, run.id);
  await packZip(services, folder, runCrateObject(source.facts), () => runCrate(source));
}

/** Creates the crate of a workflow; leaves none of a workflow that is deleted before or meanwhile. */
export const packWorkflowCrate = (services: Services, workflowId: string): Promise<void> =>
  packForWorkflow(services, workflowId, objectKeys.workflowCrates(workflowId), async (folder) => {
    const source = await readCurrentVersion(services, workflowId);
    const object = workflowCrateObject(source.workflow, source.entry);
    await packZip(services, folder, object, () => workflowCrate(source));
  });

/** Creates the starter kit of a workflow; leaves none of a workflow that is deleted before or meanwhile. */
export const packStarterKit = (services: Services, workflowId: string): Promise<void> =>
  packForWorkflow(services, workflowId, objectKeys.starterKits(workflowId), async (folder) => {
    const source = await readCurrentVersion(services, workflowId);
    const object = starterKitObject(source.workflow, source.entry);
    await packZip(services, folder, object, () => starterKit(source));
  });

async function packForWorkflow(
  services: Services,
  workflowId: string,
  folder: string,
  pack: (folder: string) => Promise<void>,
): Promise<void> {
  try {
    await pack(folder);
  } catch (error) {
    const isGone = error instanceof FlowservError && error.status === 404;
    if (!isGone && (await isStillInstalled(services, workflowId))) throw error;
  }
  if (!(await isStillInstalled(services, workflowId))) await services.objects.removeAll('data', folder);
}

/** A zip as plain data: its texts, and the stored files that it takes. */
type ZipContent = Pick<Crate, 'documents' | 'files' | 'time'>;

/** Replaces the zips below a folder, so that an owner never takes the space of several. */
async function packZip(
  services: Services,
  folder: string,
  object: string,
  describe: () => ZipContent,
): Promise<void> {
  const { objects } = services;
  if ((await objects.size('data', object)) !== undefined) return;
  await objects.removeAll('data', folder, (key) => key === object);
  const { documents, files, time } = describe();
  const members: ZipMember[] = [
    ...documents.map(({ path, text }) => documentMember(path, Buffer.from(text, 'utf8'))),
    ...files.map((file) => storedMember(services, file)),
  ];
  await objects.writeParts('data', object, writeZip(members, time));
}
