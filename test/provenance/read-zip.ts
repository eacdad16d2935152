import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROCrate } from 'ro-crate';

/** Prints the members of a zip in order: name, time, and content in base64. */
const PROGRAM = `
import base64, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
  assert archive.testzip() is None
  print(json.dumps([[one.filename, list(one.date_time), base64.b64encode(archive.read(one)).decode()] for one in archive.infolist()]))
`;

export interface Zip {
  readonly names: readonly string[];
  readonly times: readonly string[];
  readonly content: ReadonlyMap<string, Buffer>;
}

/** Reads a zip with Python, which checks its checksums. */
export function readZip(bytes: Buffer): Zip {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-zip-'));
  try {
    const file = join(folder, 'some.zip');
    writeFileSync(file, bytes);
    const text = execFileSync('python3', ['-c', PROGRAM, file], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    const members: [string, number[], string][] = JSON.parse(text);
    return {
      names: members.map(([name]) => name),
      times: members.map(([, time]) => time.join(' ')),
      content: new Map(members.map(([name, , content]) => [name, Buffer.from(content, 'base64')])),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: entities have any properties, and tests fail on unexpected ones
export type Described = any;

/** The metadata of a crate as the library `ro-crate` reads it, with links resolved. */
export function describe(text: string) {
  const crate = new ROCrate(JSON.parse(text), { array: true, link: true });
  const entities: Described[] = crate.toJSON()['@graph'].map(inLists);
  return {
    crate,
    root: crate.rootDataset as Described,
    get: (id: string): Described => entities.find((entity) => entity['@id'] === id),
    ofType: (type: string): Described[] =>
      entities.filter((entity) => [entity['@type']].flat().includes(type)),
  };
}

/** Values of all properties as lists, whether the document has a list or a single value. */
const inLists = (entity: Described): Described =>
  Object.fromEntries(
    Object.entries(entity).map(([key, value]) => [key, key === '@id' ? value : [value].flat()]),
  );

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** All references to entities that the graph does not describe, except web addresses. */
export function danglingReferences(text: string): string[] {
  const graph: Described[] = JSON.parse(text)['@graph'];
  const known = new Set(graph.map((entity) => entity['@id']));
  const references: string[] = [];
  const walk = (value: Described): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Object.keys(value).length === 1 && typeof value['@id'] === 'string') references.push(value['@id']);
    for (const inner of Object.values(value)) walk(inner);
  };
  for (const entity of graph) walk(Object.values(entity));
  return references.filter((id) => !known.has(id) && !/^https?:/.test(id));
}
