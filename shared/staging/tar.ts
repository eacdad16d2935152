/**
 * Writes tar archives: POSIX ustar with pax records where a name or a size does not fit
 * (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format").
 *
 * The same files give the same bytes: owner 0, time 0, and a mode that distinguishes only executable files.
 */

const BLOCK = 512;
/** The name field of a ustar header, in bytes. */
const NAME_BYTES = 100;
/** The largest number of 11 octal digits: 8 GiB less one byte. */
const MAX_OCTAL_SIZE = 0o77777777777;

export interface TarMember {
  /** Relative path with `/` between its segments. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** Yields exactly `size` bytes. */
  open(): AsyncIterable<Buffer>;
}

export async function* writeTar(members: Iterable<TarMember>): AsyncGenerator<Buffer> {
  for (const member of members) {
    yield* headersOf(member);
    yield* member.open();
    yield padding(member.size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function* headersOf({ path, size, executable }: TarMember): Generator<Buffer> {
  const records: Buffer[] = [];
  const plainName = /^[\x20-\x7e]*$/.test(path) && path.length <= NAME_BYTES;
  if (!plainName) records.push(paxRecord('path', path));
  if (size > MAX_OCTAL_SIZE) records.push(paxRecord('size', String(size)));
  if (records.length > 0) {
    const body = Buffer.concat(records);
    yield header({ name: 'pax-header', mode: 0o644, size: body.length, type: 'x' });
    yield Buffer.concat([body, padding(body.length)]);
  }
  const name = plainName ? path : 'file';
  yield header({ name, mode: executable ? 0o755 : 0o644, size: Math.min(size, MAX_OCTAL_SIZE), type: '0' });
}

/** `<length> <keyword>=<value>\n`, where the length counts its own digits too. */
function paxRecord(keyword: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return Buffer.from(`${length} ${keyword}=${value}\n`);
}

function header(fields: {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
}): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  block.write(fields.name, 0, 'latin1');
  octal(fields.mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(fields.size, 124, 11);
  octal(0, 136, 11);
  block.write(fields.type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // The checksum counts its own field as eight blanks.
  block.fill(' ', 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block[154] = 0;
  return block;
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
