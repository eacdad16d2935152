import type { Warning } from '../documents/warning.ts';
import { FlowservError, invalid } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { auditWrite } from '../roles/audit.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { nameKey, ownReservation } from '../store/name-keys.ts';
import { checkIdentifier, uniqueName } from '../template/names.ts';
import { emptyLeaderboard, leaderboardCodec } from './leaderboard-state.ts';
import { listWorkflows } from './list.ts';
import { discardVersion, prepareVersion, storeVersion, type VersionOptions } from './prepare.ts';
import { FIRST_VERSION } from './version.ts';
import { type Workflow, type WorkflowEntry, workflowCodec, workflowEntryCodec } from './workflow.ts';

export interface InstallOptions extends VersionOptions {
  /** Identifier of the workflow; generated when absent. */
  readonly id?: string | undefined;
  /** The user who becomes the owner of the workflow; it has none if absent. */
  readonly owner?: { readonly id: string; readonly name: string } | undefined;
  /** Called for each static file that is stored; no-op by default. */
  readonly onFile?: (path: string) => void;
}

export interface InstalledWorkflow extends WorkflowEntry {
  /** Warnings for the organiser, which did not prevent the installation. */
  readonly warnings: readonly Warning[];
}

/** A name that is taken is retried with a number; more rounds than this mean an endless race. */
const NAME_ROUNDS = 20;

/**
 * Installs a workflow from its source: checks and compiles everything first, then stores the static files, and makes
 * the workflow visible with one final transaction. A failure leaves nothing visible to users. It also removes the
 * stored files, unless the outcome of the final transaction is unknown.
 *
 * @throws FlowservError 400 for an identifier in use or a source that cannot be run
 */
export async function createWorkflow(
  services: Services,
  source: WorkflowSource,
  options: InstallOptions = {},
): Promise<InstalledWorkflow> {
  const { id, content, warnings } = await prepareWorkflow(services, source, options);
  const version = { workflowId: id, id: newId(), content: { ...content, ...FIRST_VERSION } };
  const document = await storeVersion(services, version, source.files, options.onFile);
  try {
    const entry = await publish(
      services,
      { id, version: version.id, document, owner: options.owner, budget: content.contest?.budget },
      source,
    );
    return { ...entry, warnings };
  } catch (error) {
    // A FlowservError means that nothing was written. After any other error, the workflow may exist and use its files.
    if (error instanceof FlowservError) await discardVersion(services, id, version.id);
    throw error;
  }
}

/**
 * Checks and compiles the source of a new workflow.
 *
 * @throws FlowservError 400 for an identifier in use or a source that cannot be run
 */
export async function prepareWorkflow(services: Services, source: WorkflowSource, options: InstallOptions) {
  const id = checkIdentifier(options.id) ?? newId();
  await checkFree(services, id);
  return { id, ...(await prepareVersion(services, source, options)) };
}

async function checkFree({ table }: Services, id: string): Promise<void> {
  const found = workflowCodec.readMaybe(await table.get(keys.workflow(id)));
  if (!found) return;
  if (!found.deleting) throw workflowExists(id);
  throw invalid(
    'workflow.deleted',
    `workflow '${id}' is deleted but not purged yet; purge it with \`flowserv workflows purge -w ${id}\``,
  );
}

const workflowExists = (id: string, cause?: unknown) =>
  invalid('workflow.duplicate', `workflow '${id}' exists`, cause);

/** Reserves a name. */
export const workflowNameItem = ({ id, name }: Pick<WorkflowEntry, 'id' | 'name'>) => ({
  ...nameKey(keys.workflowName, name),
  v: 1,
  workflowId: id,
});

/** Returns the key under which a workflow reserved its name. */
export const reservedWorkflowName = (
  { table }: Services,
  { id, name }: Pick<WorkflowEntry, 'id' | 'name'>,
): Promise<Key> => ownReservation(table, keys.workflowName, name, ({ workflowId }) => workflowId === id);

interface NewWorkflow extends Pick<InstallOptions, 'owner'>, Pick<Workflow, 'budget'> {
  readonly id: string;
  readonly version: string;
  readonly document: Item;
}

/** Makes the workflow visible in one transaction, under the first free form of its name. */
async function publish(
  services: Services,
  { id, version, document, owner, budget }: NewWorkflow,
  { name: wanted, description, instructions }: WorkflowSource,
): Promise<WorkflowEntry> {
  const { table, now } = services;
  const found = new Set<string>();
  for (let round = 0; round < NAME_ROUNDS; round += 1) {
    const listed = (await listWorkflows(services)).entries.map(({ name }) => name);
    const entry = { id, name: uniqueName(wanted, new Set([...listed, ...found])), description, instructions };
    const times = { createdAt: timestamp(now()), runsListed: true };
    const item = { id, version, ...FIRST_VERSION, ...times, ...(budget && { budget }) };
    try {
      await table.transact([
        table.write.put(workflowCodec.write(keys.workflow(id), item), absent),
        table.write.put(workflowNameItem(entry), absent),
        table.write.put(workflowEntryCodec.write(keys.workflowEntry(id), entry), absent),
        table.write.put(document),
        table.write.put(leaderboardCodec.write(keys.leaderboard(id), emptyLeaderboard), absent),
        ...(owner ? [table.write.put(ownerItem(id, owner, item.createdAt))] : []),
        auditWrite(services, id, {
          actor: 'operator',
          action: 'workflow.create',
          object: { type: 'workflow', id },
          detail: owner && `owner ${owner.name}`,
        }),
      ]);
      return entry;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (!error.actions.includes(1)) throw workflowExists(id, error);
      // The list may be too long to contain every name.
      found.add(entry.name);
    }
  }
  throw invalid('workflow.name', `no free form of the name '${wanted}' was found`);
}

const ownerItem = (workflowId: string, owner: NonNullable<InstallOptions['owner']>, since: string) =>
  workflowMemberCodec.write(keys.workflowMember(workflowId, owner.id), { ...owner, role: 'owner', since });
