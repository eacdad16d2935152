import { Readable } from 'node:stream';
import { contentOf } from '../../shared/storage-volumes/file-content.ts';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import { parseVolumeConfig } from '../../shared/storage-volumes/volume-config.ts';

/**
 * Stores a file of zeros on a volume and reads it back, in a process of its own, whose memory is measured.
 *
 * Arguments: the configuration as JSON, the secrets by name as JSON, and the size in bytes. Prints the bytes that came
 * back, and the maximum memory of the process in bytes, as JSON.
 */
const [configuration, secrets, size] = process.argv.slice(2).map((text) => JSON.parse(text));
const block = Buffer.alloc(64 * 1024);

function* blocks() {
  for (let left = size; left > 0; left -= block.length) yield block.subarray(0, left);
}

const volume = await openVolume(parseVolumeConfig(configuration), async (name) => secrets[name]);
await volume.store({ size, open: async () => Readable.from(blocks(), { objectMode: false }) }, 'large.bin');
let bytes = 0;
for await (const chunk of contentOf(await volume.load('large.bin'))) bytes += chunk.length;
await volume.erase();
await volume.close();
process.stdout.write(JSON.stringify({ bytes, maxRss: process.resourceUsage().maxRSS * 1024 }));
