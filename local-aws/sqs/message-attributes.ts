import { createHash } from 'node:crypto';
import * as z from 'zod';

/** An attribute of a message; binary values are base64. */
const messageAttribute = z
  .object({
    DataType: z
      .string()
      .regex(/^(String|Number|Binary)(\..+)?$/)
      .max(256),
    StringValue: z.string().min(1).optional(),
    BinaryValue: z.string().min(1).optional(),
  })
  .refine(
    ({ DataType, StringValue, BinaryValue }) =>
      DataType.startsWith('Binary') ? BinaryValue !== undefined : StringValue !== undefined,
    { error: 'the value does not fit the DataType' },
  );

/** At most 10 (SQS Developer Guide, message quotas). */
export const messageAttributes = z
  .record(z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/), messageAttribute)
  .refine((attributes) => Object.keys(attributes).length <= 10, { error: 'at most 10 attributes' });

export type MessageAttributes = z.output<typeof messageAttributes>;

/** MD5 as hexadecimal text, as SQS returns it and the SDK checks it. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * MD5 of the attributes, sorted by name. Each contributes name, type and value, each preceded by its length in 4 bytes;
 * a byte for the kind of the value precedes the value's length.
 * Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
 */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes).sort(byName)) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    const binary = DataType.startsWith('Binary');
    hash.update(Buffer.from([binary ? 2 : 1]));
    add(binary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Bytes of a message that count against the limit: body, and names, types and values of its attributes. */
export function messageSize(body: string, attributes: MessageAttributes): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue = '', BinaryValue = '' }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += Buffer.byteLength(StringValue) + Buffer.byteLength(BinaryValue, 'base64');
  }
  return size;
}
