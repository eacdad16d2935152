import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip as an attacker writes it: what is absent is as it should be. */
export interface HostileEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Mode with the kind of file, such as 0o120777 for a link. */
  readonly mode?: number;
  readonly method?: number;
  readonly flags?: number;
  /** Size that the zip declares for the unpacked content. */
  readonly size?: number;
  readonly crc?: number;
}

/** Writes a zip by hand, since libraries write none of this (PKWARE APPNOTE 4.3). */
export function hostileZip(entries: readonly HostileEntry[], declaredCount = entries.length): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, content = 'x', mode = 0o100644, method = 8, flags = 0x800 } = entry;
    const plain = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(plain) : plain;
    const { size = plain.length, crc = crc32(plain) } = entry;
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    // Made by version 3.0 on Unix.
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([30, 3]), common, rest, nameBytes);
    locals.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(declaredCount, 4);
  end.writeUInt16LE(declaredCount, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, list, Buffer.from('PK\x05\x06'), end]);
}
