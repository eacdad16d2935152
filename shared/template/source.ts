/**
 * Reading a workflow's source folder: manifest, template, instructions and static files.
 *
 * A folder is what every kind of source comes down to: a repository is cloned first and read from its clone.
 *
 * Source: flowServ template specification, manifest and creation procedure.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { invalidTemplate } from '../errors.ts';
import { containedPath, isInside, isNotFound } from './contained-file.ts';
import { readDocument } from './document.ts';
import { readInstructions } from './instructions.ts';
import {
  completeManifest,
  MANIFEST_NAMES,
  type Manifest,
  type ManifestFile,
  type ManifestOptions,
  parseManifest,
} from './manifest.ts';
import { checkWorkflowName } from './names.ts';
import { foldersAbove, readRelativePath } from './relative-path.ts';
import { listSourceFiles, MAX_SOURCE_BYTES, MAX_SOURCE_FILES, type SourceFile } from './source-files.ts';
import { parseTemplate, type Template } from './template.ts';

export interface SourceOptions extends ManifestOptions {
  /** Path of the manifest; searched for in the folder when absent. */
  readonly manifest?: string | null;
}

/** Everything that a workflow is registered from. */
export interface WorkflowSource {
  readonly name: string;
  readonly description: string | null;
  readonly instructions: string | null;
  readonly template: Template;
  /** Static files in the order of their paths; the initial content of every run directory. */
  readonly files: readonly SourceFile[];
}

/** A file to read and the folder that its includes may not leave. */
interface Located {
  readonly file: string;
  readonly root: string;
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

async function readManifest(root: string, option: string | null | undefined): Promise<Manifest> {
  if (typeof option === 'string') {
    const { file, root: base } = await locateOption(root, option);
    return parseManifest(await readDocument(file, base));
  }
  for (const name of MANIFEST_NAMES) {
    if ((await containedPath(root, name)) !== undefined) return parseManifest(await readDocument(name, root));
  }
  return {};
}

/** Gives a listed file its place in the run directory. */
function placed(file: SourceFile, { source, target }: ManifestFile): SourceFile {
  if (target === undefined) return file;
  if (file.path !== source) {
    const rest = source === '' ? file.path : file.path.slice(source.length + 1);
    const folder = target === '' || target.endsWith('/') ? target : `${target}/`;
    return { ...file, path: folder + rest };
  }
  if (target === '' || target.endsWith('/'))
    throw invalidTemplate(`invalid manifest: the target of '${source}' must name a file`);
  return { ...file, path: target };
}

/** The static files that the manifest lists; of two with the same place the later one counts. */
async function collectFiles(root: string, list: readonly ManifestFile[]): Promise<readonly SourceFile[]> {
  const files = new Map<string, SourceFile>();
  let listed = 0;
  for (const entry of list) {
    // A source that is not there is no error.
    const found = (await listSourceFiles(root, entry.source)) ?? [];
    listed += found.length;
    if (listed > MAX_SOURCE_FILES) throw invalidTemplate(`more than ${MAX_SOURCE_FILES} static files`);
    for (const file of found) {
      const target = placed(file, entry);
      files.set(target.path, target);
    }
  }
  checkTree(files);
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws 400 when a file is also the folder of another one, a path is too long, or all are too large. */
function checkTree(files: ReadonlyMap<string, SourceFile>): void {
  let bytes = 0;
  for (const { path, size } of files.values()) {
    bytes += size;
    const reading = readRelativePath(path, 'file');
    if (!reading.ok) throw invalidTemplate(`invalid manifest: the path '${path}' ${reading.fault}`);
    const folder = foldersAbove(path).find((above) => files.has(above));
    if (folder !== undefined) throw invalidTemplate(`invalid manifest: '${folder}' is a file and a folder`);
  }
  if (bytes > MAX_SOURCE_BYTES) throw invalidTemplate(`more than ${MAX_SOURCE_BYTES} bytes of static files`);
}

/** The folder's real path. */
async function sourceRoot(folder: string): Promise<string> {
  const root = await existing(resolve(folder));
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw invalidTemplate(`the source '${folder}' is no folder`);
  }
  return root;
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
  const manifest = completeManifest(await readManifest(root, options.manifest), options);
  const name = checkWorkflowName(manifest.name);
  const text =
    manifest.instructions === undefined
      ? undefined
      : await locate(root, options.instructions, manifest.instructions);
  const instructions = text === undefined ? null : await readInstructions(text.file, text.root);
  const spec = await locate(root, options.specfile, manifest.specfile);
  const template = parseTemplate(await readDocument(spec.file, spec.root));
  const files = await collectFiles(root, manifest.files ?? [{ source: '' }]);
  return { name, description: manifest.description ?? null, instructions, template, files };
}
