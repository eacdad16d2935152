import { StringDecoder } from 'node:string_decoder';

/** 256 KiB, the maximum size of a log event (CloudWatch Logs quotas, event size); a longer line is split. */
const MAX_LINE_LENGTH = 256 * 1024;

/** Passes each line of a stream to `take`, without line ends; skips empty lines. */
export function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const give = (line: string) => {
    if (line !== '') take(line);
  };
  const add = (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) give(line);
    while (rest.length > MAX_LINE_LENGTH) {
      give(rest.slice(0, MAX_LINE_LENGTH));
      rest = rest.slice(MAX_LINE_LENGTH);
    }
  };
  stream.on('data', (chunk: Buffer) => add(decoder.write(chunk)));
  stream.on('end', () => {
    add(decoder.end());
    give(rest);
  });
}
