import { withoutProblems } from '../documents/problem.ts';
import type { Warning } from '../documents/warning.ts';
import { checkSizes, parseEngineConfig } from '../engine/engine-config.ts';
import { pythonSettings } from '../engine/python-steps/settings.ts';
import { invalid } from '../errors.ts';
import { logError } from '../log.ts';
import { inParallel } from '../parallel.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { prepareLargeText } from '../store/large-text.ts';
import { serializeTemplate } from '../template/template.ts';
import { inFile, notIgnored } from '../template/template-warnings.ts';
import { objectKeys } from '../volumes/keys.ts';
import { checkEngine } from './check-engine.ts';
import { withNeededArguments } from './check-parameters.ts';
import { checkSections } from './check-template.ts';
import { checkVolumes } from './check-volumes.ts';
import { compilePostproc, compileWorkflow } from './compile.ts';
import { warnOfConfig } from './config-check.ts';
import { type StaticFile, type StoredVersion, versionCodec } from './version.ts';
import type { WorkflowEntry } from './workflow.ts';

/** Settings of a version that its source does not hold. */
export interface VersionOptions {
  /** Engine configuration: the workers of the workflow's steps. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Id of the remote engine that executes the steps; the stage itself if absent. Post-processing stays with the stage. */
  readonly engine?: string | undefined;
  /** True to disable post-processing. */
  readonly ignorePostproc?: boolean | undefined;
}

/** Everything that a version stores, except for its files and its number. */
export type VersionContent = Omit<StoredVersion, 'files' | 'number' | 'rankedSince'>;

/** Maximum size of the texts of a workflow in lists: they are in one item (DynamoDB, 400 KB), which all lists read. */
const MAX_TEXT_BYTES = 100_000;

/** Files that are stored at the same time: one after the other, 10,000 small files would take minutes. */
const FILES_AT_ONCE = 12;

/**
 * Checks and compiles a source: creates its state machines, and registers the images that its template names.
 *
 * @throws FlowservError 400 for a source that cannot be run
 */
export async function prepareVersion(
  services: Services,
  source: WorkflowSource,
  options: VersionOptions,
): Promise<{ readonly content: VersionContent; readonly warnings: readonly Warning[] }> {
  checkTexts(source);
  const { files, contest, participation } = source;
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
    content: {
      template: serializeTemplate(template),
      config: options.config ?? null,
      participantConfig: source.participantConfig,
      contest,
      participation,
      ignorePostproc: options.ignorePostproc ?? false,
      engine: engine ?? null,
      machine: stateMachine,
      postprocMachine: postproc.machine,
    },
    warnings: notIgnored([...source.warnings, ...inConfig, ...inTemplate], source.ignoredWarnings),
  };
}

/** @throws FlowservError 400 for texts that do not fit into the item that lists read */
export function checkTexts({ description, instructions }: Omit<WorkflowEntry, 'id' | 'name'>): void {
  if (Buffer.byteLength(description ?? '') + Buffer.byteLength(instructions ?? '') > MAX_TEXT_BYTES) {
    throw invalid('workflow.text', `description and instructions have more than ${MAX_TEXT_BYTES} bytes`);
  }
}

/** A version whose objects are to be stored. */
export interface NewVersion {
  readonly workflowId: string;
  readonly id: string;
  readonly content: Omit<StoredVersion, 'files'>;
}

/**
 * Stores the static files of a version, and prepares its document, which may be a separate object among them. Removes
 * all of them after a failure.
 *
 * @param onFile called for each file that is stored
 */
export async function storeVersion(
  services: Services,
  version: NewVersion,
  files: WorkflowSource['files'],
  onFile?: (path: string) => void,
): Promise<Item> {
  const { workflowId, id, content } = version;
  const { objects } = services;
  try {
    const stored: StaticFile[] = [];
    const key = (sha256: string) => objectKeys.staticFile(workflowId, id, sha256);
    await inParallel(files.entries(), FILES_AT_ONCE, async ([index, file]) => {
      const { path, absolutePath, size, mode, access } = file;
      stored[index] = {
        path,
        size,
        mode,
        access,
        sha256: await objects.writeFile('data', key, absolutePath),
      };
      onFile?.(path);
    });
    const text = versionCodec.write({ ...content, files: stored });
    const objectKey = (sha256: string) => objectKeys.staticFile(workflowId, id, `version-${sha256}`);
    return await prepareLargeText(objects, keys.document(keys.workflow(workflowId), id), text, objectKey);
  } catch (error) {
    await discardVersion(services, workflowId, id);
    throw error;
  }
}

/** Removes the objects of a version that was not installed; a failure is logged, as the caller has another error. */
export async function discardVersion(
  { objects }: Services,
  workflowId: string,
  version: string,
): Promise<void> {
  try {
    await objects.removeAll('data', objectKeys.version(workflowId, version));
  } catch (error) {
    logError('files of a version that was not installed are left', { workflowId, version }, error);
  }
}
