import { XMLParser, XMLValidator } from 'fast-xml-parser';
import * as z from 'zod';
import { malformedXml } from './s3-error.ts';

/** The content of an element: text, children by name in order, or a list (the element is repeated). */
type XmlValue = string | number | boolean | undefined | XmlFields | readonly XmlValue[];
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A response of S3 as an XML document; undefined fields are omitted. */
export function xmlDocument(root: string, fields: XmlFields): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${children(fields)}</${root}>`;
}

/** An error document, the only one without a namespace. */
export function xmlError(fields: XmlFields): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${children(fields)}</Error>`;
}

/**
 * Parses an XML body by a schema. Texts remain strings. Rejects a document type or CDATA: S3's bodies have none, and
 * without them an entity is always one character.
 *
 * @throws S3Error MalformedXML
 */
export function parseXml<T>(text: string, schema: z.ZodType<T>): T {
  if (/<!(?!--)/.test(text) || XMLValidator.validate(text) !== true) throw malformedXml();
  const parser = new XMLParser({
    ignoreAttributes: true,
    ignoreDeclaration: true,
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    tagValueProcessor: (_name, value) => decodeEntities(value),
  });
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch {
    throw malformedXml();
  }
  const result = schema.safeParse(withoutLayout(document));
  if (!result.success) throw malformedXml();
  return result.data;
}

/** Zero, one or many elements of the same name. */
export function elements<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(item),
  );
}

/** Removes the white space between elements, which the parser reports as text. */
function withoutLayout(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLayout);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, child]) => !(name === '#text' && typeof child === 'string' && child.trim() === ''),
  );
  return Object.fromEntries(entries.map(([name, child]) => [name, withoutLayout(child)]));
}

function children(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => element(name, item)).join('');
  const content = typeof value === 'object' ? children(value) : escapeXml(String(value));
  return `<${name}>${content}</${name}>`;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

/** Escapes text for XML, also control characters, which keys may contain and a parser would otherwise normalise. */
function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to escape
  return text.replace(/[&<>"'\u0000-\u001f\u007f-\u009f]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (_all, decimal, hex, name) => {
    if (name !== undefined) {
      const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
      if (character === undefined) throw malformedXml();
      return character;
    }
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw malformedXml();
    return String.fromCodePoint(code);
  });
}
