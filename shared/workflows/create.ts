import { withoutProblems } from '../documents/problem.ts';
import type { Warning } from '../documents/warning.ts';
import { checkSizes, parseEngineConfig } from '../engine/engine-config.ts';
import { pythonSettings } from '../engine/python-steps/settings.ts';
import { FlowservError, invalid } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { logError } from '../log.ts';
import { auditWrite } from '../roles/audit.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { prepareLargeText } from '../store/large-text.ts';
import { nameKey, ownReservation } from '../store/name-keys.ts';
import { checkIdentifier, uniqueName } from '../template/names.ts';
import { serializeTemplate } from '../template/template.ts';
import { inFile, notIgnored } from '../template/template-warnings.ts';
import { objectKeys } from '../volumes/keys.ts';
import { checkEngine } from './check-engine.ts';
import { withNeededArguments } from './check-parameters.ts';
import { checkSections } from './check-template.ts';
import { checkVolumes } from './check-volumes.ts';
import { compilePostproc, compileWorkflow } from './compile.ts';
import { warnOfConfig } from './config-check.ts';
import { emptyLeaderboard, leaderboardCodec } from './leaderboard-state.ts';
import { listWorkflows } from './list.ts';
import { type StaticFile, type StoredVersion, versionCodec } from './version.ts';
import { type WorkflowEntry, workflowCodec, workflowEntryCodec } from './workflow.ts';

export interface InstallOptions {
  /** Identifier of the workflow; generated when absent. */
  readonly id?: string | undefined;
  /** Engine configuration: the workers of the workflow's steps. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Id of the remote engine that executes the steps; the stage itself if absent. Post-processing stays with the stage. */
  readonly engine?: string | undefined;
  /** The user who becomes the owner of the workflow; it has none if absent. */
  readonly owner?: { readonly id: string; readonly name: string } | undefined;
  /** True to disable post-processing. */
  readonly ignorePostproc?: boolean | undefined;
  /** Called for each static file that is stored; no-op by default. */
  readonly onFile?: (path: string) => void;
}

export interface InstalledWorkflow extends WorkflowEntry {
  /** Warnings for the organiser, which did not prevent the installation. */
  readonly warnings: readonly Warning[];
}

/** Maximum size of the texts of a workflow in lists: they are in one item (DynamoDB, 400 KB), which all lists read. */
const MAX_TEXT_BYTES = 100_000;
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
  const version = newId();
  const discard = async (error: unknown): Promise<never> => {
    await services.objects.removeAll('data', objectKeys.version(id, version)).catch((cause: unknown) => {
      // The caller needs the first error.
      logError('files of a version that was not installed are left', { workflowId: id, version }, cause);
    });
    throw error;
  };
  const document = await storeFiles(services, id, version, source, options.onFile)
    .then((stored) => storeVersion(services, id, version, { ...content, files: stored }))
    .catch(discard);
  try {
    return {
      ...(await publish(services, { id, version, document, owner: options.owner }, source)),
      warnings,
    };
  } catch (error) {
    // A FlowservError means that nothing was written. After any other error, the workflow may exist and use its files.
    if (error instanceof FlowservError) return discard(error);
    throw error;
  }
}

/**
 * Checks and compiles a source: creates its state machines, and registers the images that its template names.
 *
 * @throws FlowservError 400 for an identifier in use or a source that cannot be run
 */
export async function prepareWorkflow(services: Services, source: WorkflowSource, options: InstallOptions) {
  const id = checkIdentifier(options.id) ?? newId();
  await checkFree(services, id);
  checkTexts(source);
  const { files, contest } = source;
  const { engine } = options;
  const config = parseEngineConfig(options.config);
  const python = pythonSettings(services.config);
  checkSizes(config.workers.values(), services.config.steps);
  const warnings: Warning[] = [];
  const runnable = withoutProblems(
    '',
    (location) =>
      checkSections(
        source.template,
        { files, config: options.config, contest, python, isRemote: engine !== undefined },
        location,
      ),
    { warnings },
  );
  const template = withNeededArguments(source.template, runnable.workflow);
  const workflows = [runnable.workflow, ...(runnable.postproc ? [runnable.postproc] : [])];
  checkVolumes(services.config.volumes, { template, workflows, files, engine: config });
  const postproc = await compilePostproc(services, runnable.postproc, options.config);
  if (engine !== undefined) {
    checkEngine(services.config.engines, engine, { template, workflow: runnable.workflow, files, config });
  }
  const stateMachine =
    engine === undefined ? await compileWorkflow(services, runnable.workflow, options.config) : '';
  const inTemplate = [...warnings, ...postproc.warnings].map(inFile(source.templateFile));
  const inConfig: Warning[] = [];
  warnOfConfig(options.config, { path: '', problems: [], warnings: inConfig });
  return {
    id,
    content: {
      template: serializeTemplate(template),
      config: options.config ?? null,
      participantConfig: source.participantConfig,
      contest,
      ignorePostproc: options.ignorePostproc ?? false,
      engine: engine ?? null,
      machine: stateMachine,
      postprocMachine: postproc.machine,
    },
    warnings: notIgnored([...source.warnings, ...inConfig, ...inTemplate], source.ignoredWarnings),
  };
}

/** Prepares the document of a version, which may be a separate object among the version's files. */
function storeVersion(
  { objects }: Services,
  id: string,
  version: string,
  content: StoredVersion,
): Promise<Item> {
  const objectKey = (sha256: string) => objectKeys.staticFile(id, version, `version-${sha256}`);
  return prepareLargeText(
    objects,
    keys.document(keys.workflow(id), version),
    versionCodec.write(content),
    objectKey,
  );
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

/** @throws FlowservError 400 for texts that do not fit into the item that lists read */
export function checkTexts({ description, instructions }: Omit<WorkflowEntry, 'id' | 'name'>): void {
  if (Buffer.byteLength(description ?? '') + Buffer.byteLength(instructions ?? '') > MAX_TEXT_BYTES) {
    throw invalid('workflow.text', `description and instructions have more than ${MAX_TEXT_BYTES} bytes`);
  }
}

async function storeFiles(
  { objects }: Services,
  id: string,
  version: string,
  { files }: WorkflowSource,
  onFile: InstallOptions['onFile'],
): Promise<StaticFile[]> {
  const stored: StaticFile[] = [];
  for (const { path, absolutePath, size, mode, access } of files) {
    const key = (sha256: string) => objectKeys.staticFile(id, version, sha256);
    stored.push({ path, size, mode, access, sha256: await objects.writeFile('data', key, absolutePath) });
    onFile?.(path);
  }
  return stored;
}

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

interface NewWorkflow extends Pick<InstallOptions, 'owner'> {
  readonly id: string;
  readonly version: string;
  readonly document: Item;
}

/** Makes the workflow visible in one transaction, under the first free form of its name. */
async function publish(
  services: Services,
  { id, version, document, owner }: NewWorkflow,
  { name: wanted, description, instructions }: WorkflowSource,
): Promise<WorkflowEntry> {
  const { table, now } = services;
  const found = new Set<string>();
  for (let round = 0; round < NAME_ROUNDS; round += 1) {
    const listed = (await listWorkflows(services)).entries.map(({ name }) => name);
    const entry = { id, name: uniqueName(wanted, new Set([...listed, ...found])), description, instructions };
    const item = { id, version, createdAt: timestamp(now()) };
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
