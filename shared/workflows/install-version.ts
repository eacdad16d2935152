import type { Warning } from '../documents/warning.ts';
import { FlowservError, invalid } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { absent, alive, all, type Condition, exists, madeAt } from '../store/expressions.ts';
import type { Item, Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { deserializeTemplate } from '../template/template.ts';
import { formerPhases } from '../template/visibility.ts';
import { objectKeys } from '../volumes/keys.ts';
import { fileDigest } from '../volumes/object-writes.ts';
import { compareVersions, type VersionDifference } from './compare-versions.ts';
import { leaderboardWrites } from './leaderboard-of-version.ts';
import { readWorkflowEntry } from './list.ts';
import { discardVersion, prepareVersion, storeVersion, type VersionOptions } from './prepare.ts';
import { recordingServices } from './recording.ts';
import { FIRST_VERSION, readVersion, type WorkflowVersion } from './version.ts';
import { firstEntry, type VersionEntry, versionEntryCodec } from './versions.ts';
import { findWorkflow, type Workflow } from './workflow.ts';

/** A version that can be installed, and what it would change. */
export interface VersionPlan extends VersionDifference {
  /** The workflow with the version that the new one replaces. */
  readonly workflow: Workflow;
  /** Number of the new version. */
  readonly number: number;
  readonly options: VersionOptions;
  readonly warnings: readonly Warning[];
}

/** Rounds of publishing while post-processing starts or ends in between. */
const ROUNDS = 10;

/**
 * Compares a source with the installed version of a workflow. Writes nothing.
 *
 * @param options those that are absent stay as they are in the installed version
 * @throws FlowservError 404, or 400 for a source that cannot be run
 */
export async function planVersion(
  services: Services,
  workflowId: string,
  source: WorkflowSource,
  options: VersionOptions = {},
): Promise<VersionPlan> {
  const workflow = await findWorkflow(services, workflowId);
  const [current, entry] = await Promise.all([
    readVersion(services, workflowId, workflow.version),
    readWorkflowEntry(services, workflowId),
  ]);
  const kept: VersionOptions = {
    config: options.config ?? current.config ?? undefined,
    engine: options.engine ?? current.engine ?? undefined,
    ignorePostproc: options.ignorePostproc ?? current.ignorePostproc,
  };
  const { content, warnings } = await prepareVersion(recordingServices(services).services, source, kept);
  const { description, instructions } = source;
  const files = await digestsOf(source, current);
  const after = {
    ...content,
    template: deserializeTemplate(content.template),
    files,
    description,
    instructions,
  };
  const { description: oldDescription, instructions: oldInstructions } = entry;
  const before = { ...current, description: oldDescription, instructions: oldInstructions };
  return {
    ...compareVersions(before, after),
    workflow,
    number: workflow.number + 1,
    options: kept,
    warnings,
  };
}

/** The files of a source with their digests; those that differ from the installed ones anyway are not read. */
async function digestsOf({ files }: WorkflowSource, current: WorkflowVersion) {
  const sizes = new Map(current.files.map(({ path, size }) => [path, size]));
  const found = [];
  for (const { path, size, mode, access, absolutePath } of files) {
    const sha256 = sizes.get(path) === size ? (await fileDigest(absolutePath)).toString('hex') : '';
    found.push({ path, mode, access, sha256 });
  }
  return found;
}

export interface VersionInstall {
  /** Who installs it. */
  readonly actor: Actor;
  /** Id of the new version; generated when absent. */
  readonly versionId?: string;
  /** SHA-256 of the zip that the source comes from, if it was uploaded. */
  readonly sha256?: string;
  /** A further write of the transaction that installs the version; if its condition fails, nothing is installed. */
  readonly also?: Write;
  /** Called for each file that is stored; no-op by default. */
  readonly onFile?: ((path: string) => void) | undefined;
}

/**
 * Installs a new version of a workflow in place. Runs that exist keep their version, new ones use this one. Everything
 * is stored first, then one transaction installs the version: before it, the one that was installed stays in force. Of
 * two updates at the same time, one succeeds.
 *
 * @param plan from `planVersion` for the same source
 * @throws FlowservError 404, or 400 for a source that cannot be run, or if another version was installed since the plan
 */
export async function installVersion(
  services: Services,
  plan: VersionPlan,
  source: WorkflowSource,
  { actor, versionId = newId(), sha256, also, onFile }: VersionInstall,
): Promise<VersionEntry> {
  const { workflow, number, isNewLeaderboard } = plan;
  const { content } = await prepareVersion(services, source, plan.options);
  const rankedSince = isNewLeaderboard ? number : workflow.rankedSince;
  const before = await readVersion(services, workflow.id, workflow.version);
  const former = formerPhases(before, content.contest, services.now());
  const version = {
    workflowId: workflow.id,
    id: versionId,
    content: { ...content, number, rankedSince, ...(former.length === 0 ? {} : { formerPhases: former }) },
  };
  await stage(services, plan, version.id);
  const document = await storeVersion(services, version, source.files, onFile);
  const entry: VersionEntry = {
    number,
    id: version.id,
    createdAt: timestamp(services.now()),
    rankedSince,
    ...(actor === 'operator' ? {} : { user: { id: actor.id, name: actor.name } }),
    ...(sha256 === undefined ? {} : { sha256 }),
    changes: [...plan.changes],
  };
  try {
    const { budget } = content.contest ?? {};
    await publish(services, plan, source, { entry, document, actor, budget, also });
  } catch (error) {
    // A FlowservError means that nothing was written. After any other error, the version may be in force.
    if (error instanceof FlowservError) await discardVersion(services, workflow.id, version.id);
    throw error;
  }
  await services.messages.leaderboardDirty(workflow.id);
  await removeStaged(services, workflow.id, number);
  return entry;
}

/** The condition that the version of the plan is still the installed one. */
const unchanged = ({ version, createdAt }: Workflow): Condition =>
  all(alive, madeAt(createdAt), { expression: '#version = :version', values: { version } });

/** Notes a version before its files are stored, so that a later update removes those of an interrupted one. */
async function stage({ table }: Services, { workflow, number }: VersionPlan, id: string): Promise<void> {
  const noted = table.transact([
    table.write.check(keys.workflow(workflow.id), unchanged(workflow)),
    table.write.put({ ...keys.stagedVersion(workflow.id, id), v: 1, id, number }),
  ]);
  if (!(await conditionally(noted))) throw superseded(workflow.id);
}

/**
 * Removes what an interrupted installation stored, unless it was completed: from now on it cannot be.
 *
 * @returns whether it was completed
 */
export async function abandonVersion(services: Services, workflowId: string, id: string): Promise<boolean> {
  const { table, objects } = services;
  await table.remove(keys.stagedVersion(workflowId, id));
  const document = await table.get(keys.document(keys.workflow(workflowId), id));
  if (document) return true;
  await objects.removeAll('data', objectKeys.version(workflowId, id));
  return false;
}

/**
 * Removes the files of versions that were never installed. One whose number is taken never will be.
 *
 * @param number of the version that was installed last
 */
async function removeStaged(services: Services, workflowId: string, number: number): Promise<void> {
  const { table } = services;
  for (const item of await table.list(keys.stagedVersions(workflowId))) {
    if (Number(item.number) > number) continue;
    await services.objects.removeAll('data', objectKeys.version(workflowId, String(item.id)));
    await table.remove({ pk: item.pk, sk: item.sk });
  }
}

interface Publication {
  readonly entry: VersionEntry;
  readonly document: Item;
  readonly actor: Actor;
  readonly budget: Workflow['budget'];
  readonly also: Write | undefined;
}

/** Positions of the writes whose conditions fail for good: the workflow, the noted version, and the further write. */
const FOR_GOOD = [0, 3, 4];

async function publish(
  services: Services,
  plan: VersionPlan,
  source: WorkflowSource,
  { entry, document, actor, budget, also }: Publication,
): Promise<void> {
  const { table } = services;
  const { workflow } = plan;
  const { id } = workflow;
  const { number, rankedSince, sha256 } = entry;
  const { description, instructions } = source;
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      await table.transact([
        table.write.update(
          keys.workflow(id),
          {
            set: { version: entry.id, number, rankedSince, ...(budget && { budget }) },
            remove: budget ? [] : ['budget'],
          },
          unchanged(workflow),
        ),
        table.write.put(versionEntryCodec.write(keys.versionEntry(id, number), entry), absent),
        table.write.put(document),
        // Absent if another worker took over, which removed the files.
        table.write.remove(keys.stagedVersion(id, entry.id), exists),
        ...(also ? [also] : []),
        textsWrite(services, id, { description, instructions }),
        ...(workflow.number === FIRST_VERSION.number
          ? [table.write.put(versionEntryCodec.write(keys.versionEntry(id, 1), firstEntry(workflow)))]
          : []),
        auditWrite(services, id, {
          actor,
          action: 'workflow.version',
          object: { type: 'workflow', id },
          detail: `version ${number}${sha256 === undefined ? '' : `, from a zip with SHA-256 ${sha256}`}`,
        }),
        ...(await leaderboardWrites(services, plan)),
      ]);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (FOR_GOOD.some((position) => error.actions.includes(position)))
        throw superseded((await findWorkflow(services, id)).id);
      // A snapshot or post-processing was published meanwhile, which the change has to take into account.
    }
  }
  throw superseded(id);
}

/** Texts of the source replace those that the workflow has; its name stays. */
function textsWrite(
  { table }: Services,
  id: string,
  texts: Pick<WorkflowSource, 'description' | 'instructions'>,
): Write {
  return table.write.update(keys.workflowEntry(id), { set: texts }, exists);
}

const superseded = (id: string) =>
  invalid(
    'workflow.version',
    `another update installed a version of workflow '${id}' meanwhile; compare again with --dry-run`,
  );
