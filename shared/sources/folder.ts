/**
 * Reads a workflow's source folder: manifest, template, instructions and static files.
 *
 * Every kind of source is read as a folder: a repository is cloned first.
 *
 * Source: flowServ template specification, manifest and creation procedure.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Location } from '../documents/problem.ts';
import type { PythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { invalidTemplate } from '../errors.ts';
import { isNotFound } from '../not-found.ts';
import type { SizeKey } from '../step-size.ts';
import type { Contest } from '../template/contest.ts';
import {
  type CompleteManifest,
  completeManifest,
  MANIFEST_NAMES,
  type ManifestOptions,
  parseManifest,
} from '../template/manifest.ts';
import { checkWorkflowName } from '../template/names.ts';
import { type Participation, participationSchema } from '../template/participation.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { inFile } from '../template/template-warnings.ts';
import { containedPath, isInside, shownPath } from './contained-file.ts';
import { readDocumentFile } from './document.ts';
import { isReanaFile, noManifest, reanaTemplate } from './guidance.ts';
import { readInstructions } from './instructions.ts';
import { warnOfLinks } from './link-check.ts';
import { readRules } from './rules.ts';
import { collectFiles, type StaticSourceFile } from './static-files.ts';

export interface SourceOptions extends ManifestOptions {
  /** Path of the manifest; if absent, the folder is searched for it. */
  readonly manifest?: string | null;
  /** Name of the source as the user wrote it; by default the folder. */
  readonly origin?: string;
  /** Whether the last of repeated keys applies, as in PyYAML; otherwise such a document is rejected. */
  readonly lastKeyWins?: boolean | undefined;
}

/** Everything needed to install a workflow. */
export interface WorkflowSource {
  readonly name: string;
  readonly description: string | null;
  readonly instructions: string | null;
  readonly template: Template;
  /** What participants may configure for the steps that they supply; null if the manifest does not say. */
  readonly participantConfig: readonly SizeKey[] | null;
  /** The rules of a contest; null if the manifest has none. */
  readonly contest: Contest | null;
  /** Who may take part, and how. */
  readonly participation: Participation;
  /** Static files, ordered by path; the initial content of every run directory. */
  readonly files: readonly StaticSourceFile[];
  /** Name of the template's file in messages. */
  readonly templateFile: string;
  /** Warnings about manifest, template and files, including silenced ones. */
  readonly warnings: readonly Warning[];
  /** Codes of the warnings that the manifest silences. */
  readonly ignoredWarnings: readonly string[];
}

/** Problems and warnings found while a source is read. */
export interface SourceFindings {
  /** Receives a problem that prevents installation, or throws. */
  readonly problem: (message: string) => void;
  readonly warnings: Warning[];
}

/** A file to read and the folder that its includes may not leave. */
interface Located {
  readonly file: string;
  readonly root: string;
}

/** A parsed document with the name of its file. */
export interface NamedDocument {
  readonly name: string;
  readonly document: PythonValue;
}

/** Returns the real path of a path from an operator, or undefined. */
async function existing(path: string): Promise<string | undefined> {
  return realpath(path).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw invalidTemplate(`'${path}' cannot be read`, error);
  });
}

/**
 * Resolves an operator's path: as given if it exists, else relative to the source. A file outside the source may
 * include files in its own folder.
 */
async function locateOption(root: string, path: string): Promise<Located> {
  const given = await existing(resolve(path));
  if (given === undefined) return { file: resolve(root, path), root };
  return { file: given, root: isInside(root, given) ? root : dirname(given) };
}

async function locate(root: string, option: string | null | undefined, path: string): Promise<Located> {
  return typeof option === 'string' ? locateOption(root, path) : { file: resolve(root, path), root };
}

/**
 * Returns the source directory's real path.
 *
 * @throws 400 if it is not a folder.
 */
export async function sourceRoot(folder: string): Promise<string> {
  const root = await existing(resolve(folder));
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw invalidTemplate(`the source '${folder}' is not a folder`);
  }
  return root;
}

/** Reports a repeated key as a warning or a problem, depending on the options. */
const onRepeatedKey =
  ({ lastKeyWins }: SourceOptions, { problem, warnings }: SourceFindings) =>
  (message: string): void => {
    if (lastKeyWins) warnings.push({ code: 'key.repeated', message: `${message}; the last one counts` });
    else problem(`${message}; remove one, or use the last one with the option --last-key-wins`);
  };

/**
 * Reads the manifest's document: the operator's, else the first one in the folder. Without a manifest, the operator's
 * options must contain everything that a workflow needs.
 */
export async function readManifestFile(
  root: string,
  options: SourceOptions,
  findings: SourceFindings,
): Promise<NamedDocument> {
  const read = ({ file, root: base }: Located) =>
    readDocumentFile(file, base, onRepeatedKey(options, findings));
  if (typeof options.manifest === 'string') {
    const located = await locateOption(root, options.manifest);
    return { name: shownPath(located.root, located.file), document: await read(located) };
  }
  for (const name of MANIFEST_NAMES) {
    if ((await containedPath(root, name)) !== undefined) {
      return { name, document: await read({ file: name, root }) };
    }
  }
  if (typeof options.name === 'string' && typeof options.specfile === 'string') {
    return { name: MANIFEST_NAMES[1], document: {} };
  }
  throw await noManifest(root, options.origin ?? root);
}

/** Reads the template's document. */
export async function readTemplateFile(
  root: string,
  { specfile }: CompleteManifest,
  options: SourceOptions,
  findings: SourceFindings,
): Promise<NamedDocument> {
  const { file, root: base } = await locate(root, options.specfile, specfile);
  const document = await readDocumentFile(file, base, onRepeatedKey(options, findings));
  const name = shownPath(base, file);
  if (isReanaFile(document)) throw reanaTemplate(name, document);
  return { name, document };
}

/** Returns the instructions, or null if there are none. Warns about links in them that lead nowhere. */
export async function findInstructions(
  root: string,
  { instructions }: CompleteManifest,
  options: SourceOptions,
  { warnings }: SourceFindings,
): Promise<string | null> {
  if (instructions === undefined) return null;
  const { file, root: base } = await locate(root, options.instructions, instructions);
  const text = await readInstructions(file, base);
  const name = shownPath(base, resolve(base, file));
  const location: Location = { path: '', problems: [], warnings: [] };
  await warnOfLinks(text, [base, dirname(resolve(base, file))], location);
  warnings.push(...(location.warnings ?? []).map(inFile(name)));
  return text;
}

/**
 * Reads a workflow's source. Writes nothing. Every file that the source itself names is inside it.
 *
 * @param folder the source directory.
 * @param options values that override the manifest's; paths as given if they exist, else relative to the source.
 * @throws 400 or 404 for every problem of a manifest or template; the message names file, line or path.
 */
export async function readSource(folder: string, options: SourceOptions = {}): Promise<WorkflowSource> {
  const root = await sourceRoot(folder);
  const findings = { problem: reject, warnings: [] as Warning[] };
  const manifestFile = await readManifestFile(root, options, findings);
  const ofManifest: Warning[] = [];
  const manifest = completeManifest(parseManifest(manifestFile.document, ofManifest), options);
  const name = checkWorkflowName(manifest.name);
  const instructions = await findInstructions(root, manifest, options, findings);
  const templateFile = await readTemplateFile(root, manifest, options, findings);
  const ofTemplate: Warning[] = [];
  const template = parseTemplate(templateFile.document, ofTemplate);
  const files = await collectFiles(root, manifest.files, { path: '', problems: [], warnings: ofManifest });
  return {
    name,
    description: manifest.description ?? null,
    instructions,
    template,
    participantConfig: manifest.participants?.config ?? null,
    contest: manifest.contest ?? null,
    participation: await readParticipation(root, manifest),
    files,
    templateFile: templateFile.name,
    warnings: [
      ...findings.warnings,
      ...ofManifest.map(inFile(manifestFile.name)),
      ...ofTemplate.map(inFile(templateFile.name)),
    ],
    ignoredWarnings: manifest.ignoreWarnings ?? [],
  };
}

/** Reads the rules of the benchmark. Settings that the manifest leaves out have their defaults. */
async function readParticipation(
  root: string,
  { participants = {} }: CompleteManifest,
): Promise<Participation> {
  const { rules, ...settings } = participants;
  const text = rules === undefined ? null : await readRules(root, rules);
  return participationSchema.parse({ ...settings, rules: text });
}

const reject = (message: string): never => {
  throw invalidTemplate(message);
};
