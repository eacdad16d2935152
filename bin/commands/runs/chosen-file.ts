import { existsSync } from 'node:fs';
import type { Group } from '../../../shared/api/answers.ts';
import type { Client } from '../../../shared/client/client.ts';
import { digestOf, openUpload } from '../../../shared/client/local-files.ts';
import { FlowservError } from '../../../shared/errors.ts';
import { fileName } from '../../../shared/uploads/file-name.ts';

/** A file for a run: an upload of the group, or a file of this computer that may become one. */
export interface ChosenFile {
  readonly source: { readonly fileId: string } | { readonly path: string };
  /** Target path of the file in the run directory; if absent, that of the declaration. */
  readonly targetPath?: string | undefined;
}

type Uploads = Pick<Group, 'files'>;

/**
 * Finds the file of a text: the identifier of an upload or a path, each optionally followed by `:TARGET`.
 *
 * @throws Error with a sentence for the user if the file does not exist or cannot be read
 */
export async function findFile(group: Uploads, text: string): Promise<ChosenFile> {
  const source = sourceOf(group, text);
  const chosen = source ? { source } : withTarget(group, text);
  if (!chosen && group.files.length === 0) throw new Error(`the file '${text}' does not exist`);
  if (!chosen) throw new Error(`'${text}' is neither a file here nor an upload of the group`);
  if ('path' in chosen.source) await openUpload(chosen.source.path);
  return chosen;
}

function sourceOf({ files }: Uploads, text: string): ChosenFile['source'] | undefined {
  if (files.some(({ id }) => id === text)) return { fileId: text };
  return existsSync(text) ? { path: text } : undefined;
}

/** The longest part before a colon that is an existing file, as names of files may contain colons. */
function withTarget(group: Uploads, text: string): ChosenFile | undefined {
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const source = sourceOf(group, text.slice(0, colon));
    if (source) return { source, targetPath: text.slice(colon + 1).trim() };
  }
  return undefined;
}

/** The file as the argument of a run. */
export const fileArgument = ({ targetPath }: ChosenFile, fileId: string) => ({
  type: '$file',
  value: { fileId, ...(targetPath === undefined ? {} : { targetPath }) },
});

/**
 * Gives chosen files their identifiers, and uploads those that the group does not have. A file with the name and
 * content of an upload is not uploaded again.
 */
export function createUploader(client: Client, { id, files }: Pick<Group, 'id' | 'files'>) {
  const known = [...files];
  return async ({ source }: ChosenFile): Promise<string> => {
    if ('fileId' in source) return source.fileId;
    const { content, name, sha256 } = await openUpload(source.path);
    const similar = known.filter((file) => file.name === storedName(name) && file.size === content.size);
    const ids = new Set(similar.map((file) => file.id));
    if (ids.size > 0) {
      const same = await client.files.withContent(id, sha256 ?? (await digestOf(source.path)));
      const [first] = same.filter((file) => ids.has(file.id));
      if (first) return first.id;
    }
    const uploaded = await client.files.upload(id, content, name, { sha256 });
    known.push(uploaded);
    return uploaded.id;
  };
}

/** The name under which the server lists a file; undefined for one that it rejects. */
function storedName(name: string): string | undefined {
  try {
    return fileName(name);
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}
