/** The last 256 KiB of each output stream are kept. */
const TAIL_BYTES = 256 * 1024;

/** The last bytes of a stream. */
interface OutputTail {
  push(chunk: Buffer): void;
  contents(): Buffer;
}

/** Keeps the last `limit` bytes of the pushed data, and at most one more chunk in memory. */
export function createOutputTail(limit = TAIL_BYTES): OutputTail {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      for (let first = chunks[0]; first && size - first.length >= limit; first = chunks[0]) {
        size -= first.length;
        chunks.shift();
      }
    },
    contents: () => Buffer.concat(chunks).subarray(Math.max(0, size - limit)),
  };
}
