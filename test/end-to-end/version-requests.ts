import { createHash } from 'node:crypto';
import { ZipFile } from 'yazl';
import { createClient } from '../../shared/client/client.ts';
import { giveRole } from '../../shared/members/members.ts';
import { poll, type RunningStack } from './running-stack.ts';

/** Text of each file of a zip by its path. */
export type ZipFiles = Readonly<Record<string, string | Buffer>>;

/** A zip of these files. */
export async function zipOf(files: ZipFiles): Promise<Buffer> {
  const zip = new ZipFile();
  // Equal files make equal zips.
  const options = { mtime: new Date(2026, 0, 1), forceDosTimestamp: true };
  for (const [path, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), path, options);
  zip.end();
  return Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
}

/** A source of this template, with files of its manifest and more lines of it. */
export const sourceOf = (template: string, files: ZipFiles = {}, settings = ''): ZipFiles => ({
  'flowserv.yaml': `name: Benchmark\nspecfile: template.yaml\nfiles: [${Object.keys(files)
    .map((path) => `{source: ${path}}`)
    .join(', ')}]\n${settings}`,
  'template.yaml': template,
  ...files,
});

export const digestOf = (zip: Buffer): string => createHash('sha256').update(zip).digest('hex');

/** What organisers request to install versions of a workflow. */
export function versionRequests(stack: RunningStack) {
  /** A new organiser of a workflow. */
  const organiserOf = async (id: string, role: 'owner' | 'organiser' | 'viewer' = 'organiser') => {
    const name = `${role} of ${id} ${Math.random()}`;
    const { token, id: userId } = await stack.user(name);
    await giveRole(stack.services, 'operator', id, name, role);
    const client = createClient({ url: stack.url, token });
    const request = (method: string, path: string, body?: unknown) =>
      stack.request(method, `/workflows/${id}${path}`, { token, ...(body === undefined ? {} : { body }) });
    const upload = async (zip: Buffer) => client.workflows.uploadSource(id, new Blob([zip]), digestOf(zip));
    /** The state of a version once it is final. */
    const ended = (number: number) =>
      poll(async () => {
        const state = await client.workflows.findVersion(id, number);
        return state.state === 'waiting' || state.state === 'installing' ? undefined : state;
      }, `version ${number} is not installed`);
    return {
      ...{ name, userId, token, client, request, upload, ended },
      create: (uploadId: string, more: object = {}) => request('POST', '/versions', { uploadId, ...more }),
      /** Uploads a source and requests its installation; returns the final state. */
      install: async (files: ZipFiles, choice: { dryRun?: boolean; confirm?: string[] } = {}) => {
        const { id: uploadId } = await upload(await zipOf(files));
        const { number } = await client.workflows.installVersion(id, uploadId, choice);
        return ended(number);
      },
    };
  };
  return { organiserOf };
}
