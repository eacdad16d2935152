import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type InputsPage,
  PAGE_ENTRIES,
  type TreeEntry,
  type UploadFile,
} from '../../shared/staging/protocol.ts';
import {
  inputsPageSchema,
  inputsRequestSchema,
  uploadsRequestSchema,
  uploadsResponseSchema,
} from '../../shared/staging/protocol-schema.ts';

export const TICKET = 'aGVsbG8tdGlja2V0';

/** The broker's data of a step: a page of inputs without its paging and links. */
export type StepInputs = Omit<InputsPage, 'entries' | 'next'> & {
  readonly entries: readonly TreeEntry[];
  readonly pageEntries?: number;
};

interface Seen {
  readonly method: string;
  /** `/inputs`, `/uploads`, or `/objects/<key>`. */
  readonly path: string;
  readonly range: string | undefined;
}

/** Returns the status of the response to a request; undefined lets the server respond as usual. */
export type Fault = (seen: Seen, count: number) => number | undefined;

/**
 * A ticket broker and an object store on loopback. Links contain a random token that is valid for one object and one
 * method. A PUT must have the digest header for which its link was created, and bytes with that digest.
 *
 * @param beginNext called when the next step of the task begins; its ticket is the same
 */
export async function startBroker(folder: string, inputs: () => StepInputs, beginNext = () => {}) {
  const tokens = new Map<string, { method: string; key: string; checksum?: string }>();
  const seen: Seen[] = [];
  const uploads: UploadFile[] = [];
  let fault: Fault = () => undefined;
  const file = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));

  const link = (method: string, key: string, checksum?: string): string => {
    const token = randomBytes(16).toString('hex');
    tokens.set(token, { method, key, ...(checksum === undefined ? {} : { checksum }) });
    return `${origin()}/objects/${encodeURIComponent(key)}?token=${token}`;
  };

  const pageOf = (number: number): InputsPage => {
    const { pageEntries = PAGE_ENTRIES, entries, ...rest } = inputs();
    const first = number * pageEntries;
    return {
      ...rest,
      entries: entries
        .slice(first, first + pageEntries)
        .map((entry) =>
          entry.type === 'file'
            ? { ...entry, url: link('GET', `${entry.source.kind}/${entry.source.id}`) }
            : entry,
        ),
      next: first + pageEntries < entries.length ? number + 1 : null,
    };
  };

  const respondAsBroker = async (request: IncomingMessage, path: string): Promise<unknown> => {
    const body: unknown = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
    if (path === '/inputs') return inputsPageSchema.parse(pageOf(inputsRequestSchema.parse(body).page));
    if (path === '/next') {
      beginNext();
      return { ticket: TICKET };
    }
    const { files } = uploadsRequestSchema.parse(body);
    return uploadsResponseSchema.parse({
      uploads: files.map((upload) => {
        uploads.push(upload);
        const { kind, path: name, sha256 } = upload;
        const checksum = Buffer.from(sha256, 'hex').toString('base64');
        const key = kind === 'tree' ? `tree/${sha256}` : `${kind}/${name}`;
        return {
          kind,
          path: name,
          url: link('PUT', key, checksum),
          headers: { 'x-amz-checksum-sha256': checksum },
        };
      }),
    });
  };

  const serveObject = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const key = decodeURIComponent(url.pathname.slice('/objects/'.length));
    const token = tokens.get(url.searchParams.get('token') ?? '');
    const allowed = token?.method === request.method && token?.key === key;
    const checksum = request.headers['x-amz-checksum-sha256'];
    if (!allowed || checksum !== token.checksum) return end(response, 403);
    if (request.method === 'PUT') return end(response, await store(request, key, String(checksum)));
    const { size } = await stat(file(key));
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [start, last] = range ? [Number(range[1]), Number(range[2])] : [0, size - 1];
    response.writeHead(range ? 206 : 200, { 'content-length': last - start + 1 });
    await pipeline(createReadStream(file(key), { start, end: last }), response);
  };

  const store = async (request: IncomingMessage, key: string, checksum: string): Promise<number> => {
    if (request.headers['content-length'] === undefined) return 411;
    const temporary = `${file(key)}.${randomBytes(4).toString('hex')}`;
    await mkdir(dirname(temporary), { recursive: true });
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(request, createWriteStream(temporary));
    if (hash.digest('base64') !== checksum) return 400;
    await rename(temporary, file(key));
    return 200;
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://broker');
    const path = url.pathname.replace(/^\/broker/, '');
    const entry = { method: request.method ?? '', path, range: request.headers.range };
    const status = fault(entry, seen.filter((other) => other.path === path).length);
    seen.push(entry);
    const serve = async () => {
      if (status !== undefined) return end(response, status);
      if (path.startsWith('/objects/')) return serveObject(request, response, url);
      if (request.headers.authorization !== `Bearer ${TICKET}`) return end(response, 403);
      response.end(JSON.stringify(await respondAsBroker(request, path)));
    };
    serve().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${portOf(server)}`;

  return {
    url: `${origin()}/broker`,
    seen,
    /** Files for which links were requested, in order. */
    uploads,
    failWith(next: Fault): void {
      fault = next;
    },
    /** The bytes of an object, such as `output/<path>`, `tree/<sha256>` or `status/status.json`. */
    object: (key: string): Promise<Buffer> => readFile(file(key)),
    has: (key: string): Promise<boolean> =>
      stat(file(key)).then(
        () => true,
        () => false,
      ),
    async put(key: string, bytes: Buffer): Promise<void> {
      await writeFile(file(key), bytes);
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: status === 200 ? 'keep-alive' : 'close' });
  response.end();
}
