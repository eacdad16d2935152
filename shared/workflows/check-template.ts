import { below, type Location, type Problem, problemText } from '../documents/problem.ts';
import { isMapping, toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { type EngineConfig, parseEngineConfig } from '../engine/engine-config.ts';
import { reportGpuSteps } from '../engine/gpu-steps.ts';
import { createProgramCheck } from '../engine/programs.ts';
import { reportPythonSteps } from '../engine/python-steps/check.ts';
import type { PythonSettings } from '../engine/python-steps/settings.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { volumePaths } from '../engine/step-volumes.ts';
import { warnOfUnknownVariables } from '../engine/variable-check.ts';
import { checkWorkflow } from '../engine/workflow-check.ts';
import type { Contest } from '../template/contest.ts';
import type { FileAccess } from '../template/file-access.ts';
import { type Postproc, postprocParameters } from '../template/postproc.ts';
import { readTemplate, type Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';
import { warnOfCache } from './cache-check.ts';
import { warnOfCode } from './check-code.ts';
import { checkContest } from './check-contest.ts';
import { warnOfFiles } from './check-files.ts';
import { warnOfImages } from './check-images.ts';
import { warnOfParameters } from './check-parameters.ts';
import { checkPrivateFiles, programSources } from './check-private.ts';
import { warnOfMappedSteps } from './config-check.ts';
import { warnOfHandOver } from './hand-over-check.ts';
import { warnOfParallel } from './parallel-check.ts';

/** The findings about a template before its installation. */
export interface TemplateCheck {
  /** Problems that prevent an installation, in the order in which they were found; the first decides the error. */
  readonly problems: readonly Problem[];
  /** Warnings for the organiser, which do not prevent an installation. */
  readonly warnings: readonly Warning[];
}

/** The files and settings that come with a template. */
export interface Surroundings {
  /** Static files of the source, if known. */
  readonly files?: readonly { readonly path: string; readonly access: FileAccess }[];
  /** Engine configuration. */
  readonly config?: unknown;
  /** The rules of a contest, in the manifest. */
  readonly contest?: Contest | null | undefined;
  /** What the stage provides for code and notebook steps, if it is known. */
  readonly python?: PythonSettings;
  /** Whether a remote engine executes the steps, except for those of post-processing. */
  readonly isRemote?: boolean;
}

/** The workflows of a template that can be run. */
interface Runnable {
  readonly workflow: SerialWorkflow;
  /** Undefined without post-processing, or if it cannot run. */
  readonly postproc?: SerialWorkflow;
}

/**
 * Checks a template in one pass: its sections, its workflow with every command, and its post-processing.
 *
 * @param document plain data, as `readDocumentFile` returns it
 * @throws FlowservError 400 only if the document is not plain data or nests too deep
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
 * Checks the workflows of a template, and whether its sections and files fit together. Problems of the post-processing
 * are warnings, because the benchmark works without it.
 */
export function checkSections(
  template: Template,
  { files, config, contest, python, isRemote }: Surroundings,
  location: Location,
): Runnable {
  const { parameters } = template;
  const engine = parseEngineConfig(config);
  const workflow = checkWorkflow(template.workflow, parameters, below(location, 'workflow'));
  reportPythonSteps(workflow, engine, python, location);
  const programOf = files && createProgramCheck(programSources({ template, workflow, files }));
  reportGpuSteps(workflow, engine, location, programOf);
  warnOfCache(workflow, engine, python, location, isRemote);
  warnOfUnknownVariables(workflow, parameters, engine, location);
  warnOfImages(workflow, location);
  if (contest) checkContest(contest, template.results, files, location);
  warnOfParameters(template, workflow, below(location, 'parameters'));
  checkPrivateFiles({ template, workflow, files: files ?? [] }, location);
  const staticFiles = files?.map(({ path }) => path);
  const postproc = template.postproc && checkPostproc(template.postproc, engine, python, location);
  if (postproc || !template.postproc) {
    const steps = [...workflow.steps, ...(postproc?.steps ?? [])].map(({ name }) => name);
    warnOfMappedSteps(engine, steps, below(location, 'workflow'));
  }
  // Invalid paths are reported as problems already.
  if (location.problems.length === 0) {
    const present = staticFiles && [...staticFiles, ...[...engine.volumes.values()].flat()];
    const missing = present && warnOfCode({ template, workflow, postproc, staticFiles: present }, location);
    const closed = [...(staticFiles ?? []), ...volumePaths(engine)];
    const passed = { ...template, workflow, staticFiles: closed, missing, config };
    warnOfHandOver(passed, below(location, 'workflow'));
    warnOfParallel(workflow, below(location, 'workflow'));
    warnOfFiles({ template, workflow, postproc, staticFiles: present }, location);
  }
  return { workflow, ...(postproc && { postproc }) };
}

function checkPostproc(
  postproc: Postproc,
  engine: EngineConfig,
  python: PythonSettings | undefined,
  location: Location,
): SerialWorkflow | undefined {
  const at: Location = { ...below(below(location, 'postproc'), 'workflow'), problems: [] };
  const workflow = checkWorkflow(postproc.workflow, postprocParameters(postproc), at);
  reportPythonSteps(workflow, engine, python, at);
  reportGpuSteps(workflow, engine, at);
  warnOfCache(workflow, engine, python, at);
  warnOfUnknownVariables(workflow, postprocParameters(postproc), engine, at);
  warnOfImages(workflow, at);
  for (const problem of at.problems) {
    warn({ ...location, path: '' }, 'postproc.fails', problemText(problem));
  }
  return at.problems.length === 0 ? workflow : undefined;
}
