import { inParallel } from '../parallel.ts';
import type { Body } from './body.ts';
import type { Broker } from './broker.ts';
import { failure, isTransient } from './failure.ts';
import { failureOfResponse, retry, send } from './http.ts';
import { PAGE_ENTRIES, type UploadKind, type UploadLink } from './protocol.ts';

/** Uploads at a time. */
const UPLOADS = 8;
/** Files per request for links, less the file that comes last. */
const BATCH_FILES = PAGE_ENTRIES - 1;
/** Bytes per request for links: at 10 MB a second they are used within two of their five minutes. */
const BATCH_BYTES = 1024 ** 3;

export interface Upload {
  readonly kind: UploadKind;
  readonly path: string;
  readonly body: Body;
}

/**
 * Uploads bodies, each with a link that binds its SHA-256. A link that fails is replaced by a fresh one.
 *
 * @param last uploaded once all the others are stored, unless `stop` is given and was aborted by then
 * @throws `refused` when the ticket is no longer valid, `transfer` when the store stays unreachable
 */
export async function uploadAll(
  broker: Broker,
  uploads: readonly Upload[],
  last?: { readonly upload: Upload; readonly stop?: AbortSignal },
): Promise<void> {
  const batches = [...batchesOf(uploads)];
  if (last && batches.length === 0) batches.push([]);
  for (const batch of batches) {
    const final = batch === batches.at(-1) ? last : undefined;
    const links = await linksFor(broker, final ? [...batch, final.upload] : batch);
    const store = (upload: Upload) => storeUpload(broker, upload, links.get(keyOf(upload)));
    await inParallel(batch, UPLOADS, store);
    if (final && !final.stop?.aborted) await store(final.upload);
  }
}

function* batchesOf(uploads: readonly Upload[]): Generator<Upload[]> {
  let batch: Upload[] = [];
  let bytes = 0;
  for (const upload of uploads) {
    if (batch.length === BATCH_FILES || (batch.length > 0 && bytes + upload.body.size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(upload);
    bytes += upload.body.size;
  }
  if (batch.length > 0) yield batch;
}

const keyOf = ({ kind, path }: { readonly kind: UploadKind; readonly path: string }) => `${kind} ${path}`;

async function linksFor(broker: Broker, uploads: readonly Upload[]): Promise<Map<string, UploadLink>> {
  const files = uploads.map(({ kind, path, body: { size, sha256 } }) => ({ kind, path, size, sha256 }));
  return new Map((await broker.uploads(files)).links.map((link) => [keyOf(link), link]));
}

/**
 * Uploads one body.
 *
 * Some links store a file only if none exists. If an earlier attempt may have stored the file, an existing one is
 * taken as this file. Otherwise it comes from another upload, and nothing is kept.
 */
export async function storeUpload(
  broker: Broker,
  upload: Upload,
  first: UploadLink | undefined,
): Promise<void> {
  let ready = first;
  let mayBeStored = false;
  await retry(async () => {
    const link = ready ?? (await linksFor(broker, [upload])).get(keyOf(upload));
    ready = undefined;
    if (!link) throw failure('protocol', `the ticket broker gave no link for '${upload.path}'`);
    const headers = { ...link.headers, 'content-length': upload.body.size };
    const body = upload.body.open();
    try {
      const sent = send(link.url, { method: 'PUT', headers, body });
      const response = await sent.catch((error: unknown) => {
        mayBeStored ||= isTransient(error);
        throw error;
      });
      const { statusCode = 0 } = response;
      mayBeStored ||= statusCode >= 500;
      if (statusCode !== 200 && !(statusCode === 412 && mayBeStored)) {
        throw await failureOfResponse(response, `'${upload.path}' cannot be stored`, true);
      }
      response.resume();
    } finally {
      // A response may arrive before everything is sent: an open file occupies the disk even after it is removed.
      body.destroy();
    }
  });
}
