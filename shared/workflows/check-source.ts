import { type Location, type Problem, problemText } from '../documents/problem.ts';
import type { Warning } from '../documents/warning.ts';
import { checkSizes, parseEngineConfig } from '../engine/engine-config.ts';
import type { PythonSettings } from '../engine/python-steps/settings.ts';
import { FlowservError } from '../errors.ts';
import {
  findInstructions,
  readManifestFile,
  readTemplateFile,
  type SourceFindings,
  type SourceOptions,
  sourceRoot,
} from '../sources/folder.ts';
import { readRules } from '../sources/rules.ts';
import { collectFiles } from '../sources/static-files.ts';
import type { StepSizes } from '../step-size.ts';
import { completeManifest, readManifest } from '../template/manifest.ts';
import { checkWorkflowName } from '../template/names.ts';
import { inFile, notIgnored } from '../template/template-warnings.ts';
import { checkTemplate } from './check-template.ts';
import { warnOfConfig } from './config-check.ts';
import { checkTexts } from './prepare.ts';

/** The outcome of installing a source, in sentences that name file and location. */
export interface SourceCheck {
  /** Problems that prevent an installation. */
  readonly problems: readonly string[];
  readonly warnings: readonly Warning[];
  /** How many warnings the manifest silences. */
  readonly ignored: number;
}

interface CheckOptions extends SourceOptions {
  /** Engine configuration that the workflow will be installed with. */
  readonly config?: unknown;
  /** Sizes of steps in the deployment that the workflow is for. */
  readonly sizes?: StepSizes;
  /** What this deployment provides for code and notebook steps. */
  readonly python?: PythonSettings;
}

/**
 * Checks all of a workflow's source in one pass. Nothing is written, and no server is needed.
 *
 * @param folder the source directory; options as in `readSource`
 */
export async function checkSource(folder: string, options: CheckOptions = {}): Promise<SourceCheck> {
  const problems: string[] = [];
  const warnings: Warning[] = [];
  const findings = { problem: (message: string) => problems.push(message), warnings };
  /** Returns what a reader returns, or undefined after recording its error. */
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FlowservError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const root = await attempt(() => sourceRoot(folder));
  const found = root === undefined ? undefined : await attempt(() => checkManifest(root, options, findings));
  if (root === undefined || found === undefined) return { problems, warnings, ignored: 0 };

  const { manifest, location } = found;
  await attempt(() => checkWorkflowName(manifest.name));
  const instructions = await attempt(() => findInstructions(root, manifest, options, findings));
  const { rules } = manifest.participants ?? {};
  if (rules !== undefined) await attempt(() => readRules(root, rules));
  const description = manifest.description ?? null;
  await attempt(() => checkTexts({ description, instructions: instructions ?? null }));
  const files = await attempt(() => collectFiles(root, manifest.files, location));
  const { sizes, python } = options;
  const engine = await attempt(() => parseEngineConfig(options.config));
  // An unusable configuration is one problem; the template is then checked without it.
  const config = engine && options.config;
  warnOfConfig(config, { path: '', problems: [], warnings });
  if (sizes && engine) await attempt(() => checkSizes(engine.workers.values(), sizes));
  const template = await attempt(() => readTemplateFile(root, manifest, options, findings));
  const { contest } = manifest;
  const around = { ...(files && { files }), ...(python && { python }), config, contest };
  const checked = template && (await attempt(() => checkTemplate(template.document, around)));
  warnings.push(...(location.warnings ?? []).map(inFile(found.name)));
  if (template && checked) {
    problems.push(...checked.problems.map(linesOf(template.name)));
    warnings.push(...checked.warnings.map(inFile(template.name)));
  }
  const shown = notIgnored(warnings, manifest.ignoreWarnings ?? []);
  return { problems, warnings: shown, ignored: warnings.length - shown.length };
}

/** Returns the manifest, and the location in it for further problems and warnings. */
async function checkManifest(root: string, options: SourceOptions, findings: SourceFindings) {
  const { name, document } = await readManifestFile(root, options, findings);
  const location: Location = { path: '', problems: [], warnings: [] };
  const read = readManifest(document, location);
  location.problems.map(linesOf(name)).forEach(findings.problem);
  return { name, location, manifest: completeManifest(read, options) };
}

const linesOf =
  (file: string) =>
  (problem: Problem): string =>
    `${file}: ${problemText(problem)}`;
