import { pathsByAccess } from '../template/file-access.ts';
import { withoutFiles } from '../template/named-files.ts';
import { objectKeys } from '../volumes/keys.ts';
import { publicFiles } from '../workflows/public-files.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { Workflow, WorkflowEntry } from '../workflows/workflow.ts';
import { argumentsFile } from './arguments-file.ts';
import { readMe, runScript } from './read-me.ts';
import { runnableWorkflow } from './runnable-workflow.ts';

/** Changes whenever starter kits get another form, so that those of earlier releases are made again. */
export const STARTER_KIT_FORMAT = 1;

/** What a starter kit is made of. */
export interface StarterKitSource {
  readonly workflow: Pick<Workflow, 'id' | 'createdAt'>;
  readonly entry: WorkflowEntry;
  readonly version: WorkflowVersion;
}

/**
 * Describes what a participant starts from: the instructions, the public files and a file of arguments in which every
 * parameter is explained; also the workflow with a script that runs it, if everything that it needs is public. A pure
 * function.
 */
export function starterKit({ workflow, entry, version }: StarterKitSource) {
  const shared = publicFiles(version);
  const runnable = runnableWorkflow(entry, version, shared);
  const parameters = withoutFiles(version.template.parameters, pathsByAccess(version.files).private);
  const { instructions } = entry;
  return {
    time: new Date(workflow.createdAt),
    documents: [
      { path: 'README.md', text: readMe(workflow.id, entry, version.number, runnable !== undefined) },
      ...(instructions === null ? [] : [{ path: 'instructions.md', text: instructions }]),
      { path: 'arguments.yaml', text: argumentsFile(parameters) },
      ...(runnable ? [{ path: 'run.sh', text: runScript }] : []),
      ...(runnable ?? []).map(({ path, text }) => ({ path: inBenchmark(path), text })),
    ],
    files: shared.map(({ path, size, sha256 }) => ({
      path: inBenchmark(path),
      size,
      sha256,
      object: objectKeys.staticFile(workflow.id, version.id, sha256),
    })),
  };
}

/** Zip has no backslashes in names. */
const inBenchmark = (path: string): string => `benchmark/${path.replaceAll('\\', '_')}`;
