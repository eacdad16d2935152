/** The same bytes in pieces of `size`; the last one is what is left. */
export async function* inPieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let collected: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + size - bytes);
      collected.push(taken);
      at += taken.length;
      bytes += taken.length;
      if (bytes < size) continue;
      yield Buffer.concat(collected);
      collected = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield Buffer.concat(collected);
}
