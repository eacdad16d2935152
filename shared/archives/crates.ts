import { unknownObject } from '../errors.ts';
import { findGroup } from '../groups/group.ts';
import { groupParameters } from '../groups/parameters.ts';
import { CRATE_FORMAT } from '../provenance/crate.ts';
import { type RunFacts, readFacts } from '../provenance/facts.ts';
import type { RunCrateSource } from '../provenance/run-crate.ts';
import type { WorkflowCrateSource } from '../provenance/workflow-crate.ts';
import { claim } from '../quotas/reserve.ts';
import type { Run } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readWorkflowEntry } from '../workflows/list.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow, type Workflow, type WorkflowEntry } from '../workflows/workflow.ts';
import { digestOf } from './digest.ts';
import type { Order } from './order.ts';

/** A request for a crate, which always has the key of its object. */
type CrateOrder = Order & { readonly wanted: string };

/**
 * Returns the key of a run's crate. It depends on the uploads that exist, so that a crate with the content of an upload
 * is no longer served once the upload is deleted. Names in a crate are those at the time of its creation.
 */
export function runCrateObject({ run, uploads }: Pick<RunFacts, 'run' | 'uploads'>): string {
  const existing = uploads.filter(({ name }) => name !== null).map(({ id, path }) => [id, path]);
  return `${objectKeys.runCrates(run.workflowId, run.id)}${digestOf([CRATE_FORMAT, existing])}`;
}

/** Returns the key of the crate of a workflow, which depends on its version and on its texts. */
export const workflowCrateObject = (
  { id, version }: Pick<Workflow, 'id' | 'version'>,
  entry: WorkflowEntry,
): string =>
  `${objectKeys.workflowCrates(id)}${digestOf([CRATE_FORMAT, [version, entry.name, entry.description, entry.instructions]])}`;

/** The request for the crate of an ended run. @throws FlowservError 404 when the run was deleted meanwhile */
export async function runCrateOrder(services: Services, run: Run): Promise<CrateOrder> {
  const facts = await factsOf(services, run);
  const owner = keys.run(run.id);
  return {
    key: keys.crateOrder(owner),
    owner,
    message: { workflowId: run.workflowId, runId: run.id, crate: true },
    wanted: runCrateObject(facts),
    gone: () => unknownObject('run', run.id),
    files: async () => [...facts.files, ...facts.uploads],
    counted: countedOf(services, run, facts),
  };
}

/**
 * Counts the files of a run's crate against the quota of the user who started the run, once for each run: every run
 * with an upload has a copy of it in its crate.
 */
function countedOf(services: Services, run: Run, { files, uploads }: RunFacts): Order['counted'] {
  const { userId, reservations = [], crateCounted } = run;
  if (userId === undefined || crateCounted) return undefined;
  const stored = [...files, ...uploads.filter(({ name }) => name !== null)];
  const bytes = stored.reduce((sum, { size }) => sum + size, 0);
  const claimed = claim(services, userId, { bytes, storedBytesPerDay: bytes });
  if (claimed.reservations === undefined) return undefined;
  const set = { reservations: [...reservations, ...claimed.reservations], crateCounted: true };
  return { set, claim: claimed };
}

/** The request for the crate of a workflow. */
export function workflowCrateOrder(workflow: Workflow, entry: WorkflowEntry): CrateOrder {
  const owner = keys.workflow(workflow.id);
  return {
    key: keys.crateOrder(owner),
    owner,
    message: { workflowId: workflow.id, crate: true },
    wanted: workflowCrateObject(workflow, entry),
    gone: () => unknownObject('workflow', workflow.id),
  };
}

async function factsOf(services: Services, run: Run): Promise<RunFacts> {
  const [facts] = await readFacts(services, [run]);
  if (!facts) throw unknownObject('run', run.id);
  return facts;
}

/** @throws FlowservError 404 when the run, its group or its workflow was deleted meanwhile */
export async function readRunCrate(services: Services, run: Run): Promise<RunCrateSource> {
  const { workflowId, groupId } = run;
  const [facts, entry, version, group] = await Promise.all([
    factsOf(services, run),
    readWorkflowEntry(services, workflowId),
    readVersion(services, workflowId, run.version),
    groupId === undefined ? undefined : findGroup(services, groupId, workflowId),
  ]);
  const parameters = group ? await groupParameters(services, { ...group, version: run.version }) : [];
  return { facts, entry, version, group, parameters };
}

/** @throws FlowservError 404 when the workflow was deleted meanwhile */
export async function readCurrentVersion(
  services: Services,
  workflowId: string,
): Promise<WorkflowCrateSource> {
  const [workflow, entry] = await Promise.all([
    findWorkflow(services, workflowId),
    readWorkflowEntry(services, workflowId),
  ]);
  return { workflow, entry, version: await readVersion(services, workflowId, workflow.version) };
}
