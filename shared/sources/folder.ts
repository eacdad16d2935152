/**
 * Reading a workflow's source folder: manifest, template, instructions and static files.
 *
 * A folder is what every kind of source comes down to: a repository is cloned first and read from its clone.
 *
 * Source: flowServ template specification, manifest and creation procedure.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { invalidTemplate } from '../errors.ts';
import {
  type CompleteManifest,
  completeManifest,
  MANIFEST_NAMES,
  type ManifestOptions,
  parseManifest,
} from '../template/manifest.ts';
import { checkWorkflowName } from '../template/names.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { inFile } from '../template/template-warnings.ts';
import { containedPath, isInside, isNotFound, shownPath } from './contained-file.ts';
import { readDocumentFile } from './document.ts';
import { isReanaFile, noManifest, reanaTemplate } from './guidance.ts';
import { readInstructions } from './instructions.ts';
import { collectFiles, type StaticSourceFile } from './static-files.ts';

export interface SourceOptions extends ManifestOptions {
  /** Path of the manifest; searched for in the folder when absent. */
  readonly manifest?: string | null;
  /** What the user has named the source; the folder when absent. */
  readonly origin?: string;
  /** Whether the last of keys that are given twice counts, as in PyYAML; otherwise such a document is refused. */
  readonly lastKeyWins?: boolean | undefined;
}

/** Everything that a workflow is registered from. */
export interface WorkflowSource {
  readonly name: string;
  readonly description: string | null;
  readonly instructions: string | null;
  readonly template: Template;
  /** Static files in the order of their paths; the initial content of every run directory. */
  readonly files: readonly StaticSourceFile[];
  /** Name of the template's file in messages. */
  readonly templateFile: string;
  /** What the organiser should know of manifest, template and files, silenced ones included. */
  readonly warnings: readonly Warning[];
  /** Codes of the warnings that the manifest silences. */
  readonly ignoredWarnings: readonly string[];
}

/** What the readers of a source find beside what they give. */
export interface SourceFindings {
  /** Takes what keeps the source from being installed, or throws. */
  readonly problem: (message: string) => void;
  readonly warnings: Warning[];
}

/** A file to read and the folder that its includes may not leave. */
interface Located {
  readonly file: string;
  readonly root: string;
}

/** A document that was read, with the name of its file. */
export interface NamedDocument {
  readonly name: string;
  readonly document: PythonValue;
}

/** The real path of a path that an operator gave, or undefined. */
async function existing(path: string): Promise<string | undefined> {
  return realpath(path).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw invalidTemplate(`'${path}' cannot be read`, error);
  });
}

/**
 * Where an operator's path leads: as given when it exists, else relative to the source. A file outside the
 * source may include what lies in its own folder.
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
 * The source directory's real path.
 *
 * @throws 400 when it is none.
 */
export async function sourceRoot(folder: string): Promise<string> {
  const root = await existing(resolve(folder));
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw invalidTemplate(`the source '${folder}' is no folder`);
  }
  return root;
}

/** Tells of a key that is given twice as the options say. */
const onRepeatedKey =
  ({ lastKeyWins }: SourceOptions, { problem, warnings }: SourceFindings) =>
  (message: string): void => {
    if (lastKeyWins) warnings.push({ code: 'key.repeated', message: `${message}; the last one counts` });
    else problem(`${message}; leave one out, or let the last one count with the option --last-key-wins`);
  };

/**
 * The manifest's document: the operator's, else the first one in the folder. Where there is none, the operator's options
 * have to say all that a workflow needs.
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

/** The template's document. */
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

/** The instructions, or null when there are none. */
export async function findInstructions(
  root: string,
  { instructions }: CompleteManifest,
  options: SourceOptions,
): Promise<string | null> {
  if (instructions === undefined) return null;
  const { file, root: base } = await locate(root, options.instructions, instructions);
  return readInstructions(file, base);
}

/**
 * Reads a workflow's source. Nothing is written; every file that the source itself names lies inside it.
 *
 * @param folder the source directory.
 * @param options values in place of the manifest's; paths as they are when they exist, else relative to the
 * source.
 * @throws 400 or 404 for everything that a manifest or template can have wrong; the message names file, line
 * or path.
 */
export async function readSource(folder: string, options: SourceOptions = {}): Promise<WorkflowSource> {
  const root = await sourceRoot(folder);
  const findings = { problem: refuse, warnings: [] as Warning[] };
  const manifestFile = await readManifestFile(root, options, findings);
  const ofManifest: Warning[] = [];
  const manifest = completeManifest(parseManifest(manifestFile.document, ofManifest), options);
  const name = checkWorkflowName(manifest.name);
  const instructions = await findInstructions(root, manifest, options);
  const templateFile = await readTemplateFile(root, manifest, options, findings);
  const ofTemplate: Warning[] = [];
  const template = parseTemplate(templateFile.document, ofTemplate);
  const files = await collectFiles(root, manifest.files, { path: '', problems: [], warnings: ofManifest });
  return {
    name,
    description: manifest.description ?? null,
    instructions,
    template,
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

const refuse = (message: string): never => {
  throw invalidTemplate(message);
};
