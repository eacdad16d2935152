import { writeJson } from '../documents/json-document.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { FlowservError } from '../errors.ts';
import { templateDocument } from '../template/template.ts';
import type { PublicFile } from '../workflows/public-files.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { WorkflowEntry } from '../workflows/workflow.ts';

const MANIFEST = 'flowserv.yaml';
const TEMPLATE = 'benchmark.json';

/**
 * Returns the workflow as the files of a source that participants can run, except for its static files. Undefined
 * unless all static files are public, and no step has environment variables, which are never shown.
 */
export function runnableWorkflow(
  entry: WorkflowEntry,
  { files, template }: WorkflowVersion,
  shared: readonly PublicFile[],
) {
  if (shared.length < files.length) return undefined;
  if (shared.some(({ path }) => path === MANIFEST || path === TEMPLATE || path.includes('\\')))
    return undefined;
  const workflows = [template.workflow, ...(template.postproc ? [template.postproc.workflow] : [])];
  if (!workflows.every(hasNoEnvironment)) return undefined;
  return [
    { path: MANIFEST, text: manifestOf(entry, shared) },
    { path: TEMPLATE, text: `${writeJson(templateDocument(template))}\n` },
  ];
}

function hasNoEnvironment(workflow: unknown): boolean {
  try {
    const { steps } = parseSerialWorkflow(workflow);
    return steps.every(({ action }) => action.kind !== 'container' || action.env.size === 0);
  } catch (error) {
    // A template of an earlier release that can no longer be read.
    if (error instanceof FlowservError) return false;
    throw error;
  }
}

/** The manifest as JSON, which is YAML too. */
function manifestOf({ name, description }: WorkflowEntry, files: readonly PublicFile[]): string {
  const manifest = {
    name,
    ...(description === null ? {} : { description }),
    specfile: TEMPLATE,
    files: files.map(({ path }) => ({ source: path, access: 'public' })),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
