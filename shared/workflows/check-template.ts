import { below, type Location, type Problem, problemText } from '../documents/problem.ts';
import { isMapping, toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { type EngineConfig, parseEngineConfig } from '../engine/engine-config.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { warnOfUnknownVariables } from '../engine/variable-check.ts';
import { checkWorkflow } from '../engine/workflow-check.ts';
import type { FileAccess } from '../template/file-access.ts';
import { type Postproc, postprocParameters } from '../template/postproc.ts';
import { readTemplate, type Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';
import { warnOfFiles } from './check-files.ts';
import { warnOfParameters } from './check-parameters.ts';
import { checkPrivateFiles } from './check-private.ts';
import { warnOfHandOver } from './hand-over-check.ts';

/** Everything that can be said about a template before it is installed. */
export interface TemplateCheck {
  /** What keeps it from being installed, in the order in which it is found; the first decides the error. */
  readonly problems: readonly Problem[];
  /** What the organiser should know although it can be installed. */
  readonly warnings: readonly Warning[];
}

/** What a template comes with. */
export interface Surroundings {
  /** Static files of the source, as far as they are known. */
  readonly files?: readonly { readonly path: string; readonly access: FileAccess }[];
  /** Engine configuration. */
  readonly config?: unknown;
}

/** The workflows of a template that can be run. */
interface Runnable {
  readonly workflow: SerialWorkflow;
  /** Undefined without post-processing, and where it cannot run. */
  readonly postproc?: SerialWorkflow;
}

/**
 * Checks a template in one pass: its sections, its workflow with every command, and its post-processing.
 *
 * @param document plain data, as `readDocumentFile` gives it.
 * @throws FlowservError 400 only when the document is no plain data or nests too deep to be looked at.
 */
export function checkTemplate(document: unknown, around: Surroundings = {}): TemplateCheck {
  const warnings: Warning[] = [];
  const location: Location = { path: '', problems: [], warnings };
  const value = toPythonValue(document);
  const template = readTemplate(value, location);
  if (isMapping(value) && isMapping(value.workflow)) checkSections(template, around, location);
  return { problems: location.problems, warnings };
}

/**
 * Checks the workflows of a template, and how its sections and files go together. Problems of the post-processing
 * are warnings, for the benchmark works without it.
 */
export function checkSections(
  template: Template,
  { files, config }: Surroundings,
  location: Location,
): Runnable {
  const { parameters } = template;
  const engine = parseEngineConfig(config);
  const workflow = checkWorkflow(template.workflow, parameters, below(location, 'workflow'));
  warnOfUnknownVariables(workflow, parameters, engine, location);
  warnOfParameters(template, workflow, below(location, 'parameters'));
  checkPrivateFiles({ template, workflow, files: files ?? [] }, location);
  const staticFiles = files?.map(({ path }) => path);
  const postproc = template.postproc && checkPostproc(template.postproc, engine, location);
  // Paths that cannot be used are problems already.
  if (location.problems.length === 0) {
    const handedOn = { ...template, workflow, staticFiles: staticFiles ?? [], config };
    warnOfHandOver(handedOn, below(location, 'workflow'));
    warnOfFiles({ template, workflow, postproc, staticFiles }, location);
  }
  return { workflow, ...(postproc && { postproc }) };
}

function checkPostproc(
  postproc: Postproc,
  engine: EngineConfig,
  location: Location,
): SerialWorkflow | undefined {
  const at: Location = { ...below(below(location, 'postproc'), 'workflow'), problems: [] };
  const workflow = checkWorkflow(postproc.workflow, postprocParameters(postproc), at);
  warnOfUnknownVariables(workflow, postprocParameters(postproc), engine, at);
  for (const problem of at.problems) {
    warn({ ...location, path: '' }, 'postproc.fails', problemText(problem));
  }
  return at.problems.length === 0 ? workflow : undefined;
}
