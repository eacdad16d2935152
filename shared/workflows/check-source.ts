import { type Place, type Problem, problemText } from '../documents/problem.ts';
import { FlowservError } from '../errors.ts';
import {
  findInstructions,
  readManifestFile,
  readTemplateFile,
  type SourceOptions,
  sourceRoot,
} from '../sources/folder.ts';
import { collectFiles } from '../sources/static-files.ts';
import { type CompleteManifest, completeManifest, readManifest } from '../template/manifest.ts';
import { checkWorkflowName } from '../template/names.ts';
import { checkTemplate } from './check-template.ts';
import { checkTexts } from './create.ts';

/** What a source would do if it were installed, in sentences that name file and place. */
export interface SourceCheck {
  /** What keeps it from being installed. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Checks all of a workflow's source in one pass. Nothing is written, and no server is needed.
 *
 * @param folder the source directory; options as of `readSource`.
 */
export async function checkSource(folder: string, options: SourceOptions = {}): Promise<SourceCheck> {
  const problems: string[] = [];
  /** What a reader gives, or undefined after its error has been noted. */
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
  const manifest = root === undefined ? undefined : await attempt(() => checkedManifest(root));
  if (root === undefined || manifest === undefined) return { problems, warnings: [] };

  await attempt(() => checkWorkflowName(manifest.name));
  const instructions = await attempt(() => findInstructions(root, manifest, options));
  const description = manifest.description ?? null;
  await attempt(() => checkTexts({ description, instructions: instructions ?? null }));
  const files = await attempt(() => collectFiles(root, manifest.files));
  const template = await attempt(() => readTemplateFile(root, manifest, options));
  const found = template && (await attempt(() => checkTemplate(template.document, files)));
  if (!template || !found) return { problems, warnings: [] };
  const inTemplate = linesOf(template.name);
  return {
    problems: [...problems, ...found.problems.map(inTemplate)],
    warnings: found.warnings.map(inTemplate),
  };

  async function checkedManifest(at: string): Promise<CompleteManifest | undefined> {
    const { name, document } = await readManifestFile(at, options.manifest);
    const place: Place = { path: '', problems: [] };
    const read = readManifest(document, place);
    problems.push(...place.problems.map(linesOf(name)));
    return completeManifest(read, options);
  }
}

const linesOf =
  (file: string) =>
  (problem: Problem): string =>
    `${file}: ${problemText(problem)}`;
