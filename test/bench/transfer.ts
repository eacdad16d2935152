import { createHash } from 'node:crypto';
import { mkdtempSync, openAsBlob, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../shared/client/client.ts';
import type { Figure } from './figure.ts';
import type { Bench, Measurement } from './measurement.ts';
import { install, participant } from './participant.ts';
import type { Server } from './server.ts';
import { waitForRun } from './wait-for-run.ts';

const template = (bytes: number) => `workflow:
  files: {outputs: [large.bin]}
  steps:
    - name: write
      action: {environment: 'python:3.9', commands: ['head -c ${bytes} /dev/zero > large.bin']}
`;
/** About the largest form upload: a function's event ends at 6 MB, and base64 makes 4 bytes of 3. */
const FORM_BYTES = 4_000_000;

interface Transfer {
  readonly seconds: number;
  /** Peak of the server's resident memory during the transfer, MB. */
  readonly peak: number;
}

/**
 * Large files: a step's output, which its task stores by a link and the client gets by a link, and a participant's
 * multipart upload by links. Only form uploads pass through a function (docs/limits.md).
 */
export const transfer: Measurement = {
  name: 'transfer',
  async measure(bench) {
    const { server, services, sizes, say } = bench;
    const { client } = await participant(server.url);
    const sizesOf = (bytes: number) => `${bytes / 1e6} MB`;
    const measured = [];
    for (const bytes of sizes.transferBytes) {
      const id = await install(services, `Large${bytes}`, template(bytes));
      const group = (await client.groups.create(id, { name: 'Large' })).id;
      say(`a step's output of ${sizesOf(bytes)}`);
      const runId = (await client.runs.start(group)).id;
      const up = await observed(server, () => waitForRun(client, runId));
      say(`downloading ${sizesOf(bytes)}`);
      const wanted = digestOfZeros(bytes);
      const down = await observed(server, () => downloadOutput(client, runId, wanted));
      say(`uploading ${sizesOf(bytes)} in parts`);
      const parts = await observed(server, () => uploadZeros(client, group, bytes, wanted));
      measured.push({ bytes, up, down, parts });
    }
    const [small, large] = measured;
    if (!small || !large) return [];
    const figures = measured.flatMap(({ bytes, up, down, parts }): Figure[] => [
      { name: `run with an output of ${sizesOf(bytes)}`, value: up.seconds, unit: 's' },
      { name: `run with an output of ${sizesOf(bytes)}: peak of the server`, value: up.peak, unit: 'MB' },
      { name: `download of ${sizesOf(bytes)}`, value: bytes / 1e6 / down.seconds, unit: 'MB/s' },
      { name: `download of ${sizesOf(bytes)}: peak of the server`, value: down.peak, unit: 'MB' },
      { name: `upload of ${sizesOf(bytes)} in parts`, value: bytes / 1e6 / parts.seconds, unit: 'MB/s' },
      { name: `upload of ${sizesOf(bytes)} in parts: peak of the server`, value: parts.peak, unit: 'MB' },
    ]);
    const growth = `${sizesOf(small.bytes)} to ${sizesOf(large.bytes)}`;
    const target = { atMost: 64 };
    return [
      ...figures,
      { name: `upload: growth from ${growth}`, value: large.up.peak - small.up.peak, unit: 'MB', target },
      {
        name: `download: growth from ${growth}`,
        value: large.down.peak - small.down.peak,
        unit: 'MB',
        target,
      },
      {
        name: `upload in parts: growth from ${growth}`,
        value: large.parts.peak - small.parts.peak,
        unit: 'MB',
        target,
      },
      ...(await formUpload(bench)),
    ];
  },
};

async function formUpload({ server, services, say }: Bench): Promise<Figure[]> {
  const { client } = await participant(server.url);
  const id = await install(services, 'Form', template(0));
  const group = (await client.groups.create(id, { name: 'Form' })).id;
  say('uploading a form');
  const content = new Blob([Buffer.alloc(FORM_BYTES, 'flowserv')]);
  const { seconds, peak } = await observed(server, () => client.files.upload(group, content, 'form.bin'));
  const name = `form upload of ${FORM_BYTES / 1e6} MB`;
  return [
    { name, value: seconds, unit: 's' },
    { name: `${name}: peak of the server`, value: peak, unit: 'MB' },
  ];
}

/** Uploads a file that takes no space on the disk. */
async function uploadZeros(client: Client, group: string, bytes: number, sha256: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-bench-'));
  try {
    const path = join(folder, 'zeros.bin');
    writeFileSync(path, '');
    truncateSync(path, bytes);
    const { size } = await client.files.upload(group, await openAsBlob(path), 'zeros.bin', { sha256 });
    if (size !== bytes) throw new Error(`uploaded ${size} bytes of ${bytes}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function observed({ usage }: Server, work: () => Promise<unknown>): Promise<Transfer> {
  usage.resetPeak();
  const start = performance.now();
  await work();
  return { seconds: (performance.now() - start) / 1000, peak: usage.peak() };
}

/** Reads the file as a stream and compares its digest, without storing it. */
async function downloadOutput(client: Client, runId: string, wanted: string): Promise<void> {
  const file = (await client.runs.get(runId)).files?.find(({ name }) => name === 'large.bin');
  if (!file) throw new Error(`run ${runId} has no output`);
  const { body } = await client.runs.downloadFile(runId, file.id);
  const hash = createHash('sha256');
  for await (const chunk of body ?? []) hash.update(chunk);
  if (hash.digest('hex') !== wanted) throw new Error('the download is not the output');
}

function digestOfZeros(bytes: number): string {
  const hash = createHash('sha256');
  const block = Buffer.alloc(1_000_000);
  for (let left = bytes; left > 0; left -= block.length) hash.update(block.subarray(0, left));
  return hash.digest('hex');
}
