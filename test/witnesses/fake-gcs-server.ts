import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, responds } from './free-port.ts';
import { startServerProgram } from './server-process.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** A server of the API of Google Cloud Storage, under the BSD licence, used only in tests. */
const MODULE = 'github.com/fsouza/fake-gcs-server@v1.56.1';
/** Without optimisations: the program runs only for minutes, so fast compilation is more important. */
const FLAGS = ['-gcflags=all=-N -l -dwarf=false', '-ldflags=-s -w'];

/** Returns the folder of the program, which is built from the Go module proxy on first use. This takes minutes. */
const fakeGcsServer = (): Promise<string> =>
  installed('fake-gcs-server', [MODULE, ...FLAGS].join('\n'), (made) =>
    run('go', ['install', ...FLAGS, MODULE], {
      env: { ...process.env, GOBIN: made, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
    }),
  );

/**
 * Starts fake-gcs-server on loopback with an empty bucket. It checks no credentials.
 *
 * @param bucket name of the bucket
 */
export async function startFakeGcs(bucket: string): Promise<{ endpoint: string; close(): Promise<void> }> {
  const program = join(await fakeGcsServer(), 'fake-gcs-server');
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-gcs-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const options = ['-scheme=http', '-host=127.0.0.1', `-port=${port}`, `-public-host=127.0.0.1:${port}`];
  const close = await startServerProgram({
    name: 'fake-gcs-server',
    command: [
      ...([program, ...options, `-external-url=${endpoint}`] as const),
      ...['-backend=filesystem', `-filesystem-root=${folder}`],
    ],
    folder,
    accepts: () => responds(endpoint),
  });
  const created = await fetch(`${endpoint}/storage/v1/b?project=p`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: bucket }),
  });
  if (!created.ok) throw new Error(`fake-gcs-server created no bucket: ${created.status}`);
  return { endpoint, close };
}
