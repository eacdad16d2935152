import { createHash } from 'node:crypto';
import { mediaType } from '../uploads/media-type.ts';

/**
 * RO-Crates: a folder of files with their description in `ro-crate-metadata.json`, which is JSON-LD (RO-Crate Metadata
 * Specification 1.1).
 */

/** Changes whenever crates get another form, so that those of earlier releases are made again. */
export const CRATE_FORMAT = 1;

const METADATA_FILE = 'ro-crate-metadata.json';
export const WORKFLOW_FILE = 'workflow.json';

/** A file of a crate that is stored in the `data` bucket. */
export interface CrateFile {
  /** Path in the crate, with `/` between its segments. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Key in the `data` bucket. */
  readonly object: string;
}

/** A crate as plain data: its documents, and the stored files that it takes. */
export interface Crate {
  /** Time of everything in the crate, so that the same run gives the same bytes. */
  readonly time: Date;
  readonly documents: readonly { readonly path: string; readonly text: string }[];
  readonly files: readonly CrateFile[];
}

/** An entity of the graph. */
export type Entity = { readonly '@id': string; readonly '@type': string | readonly string[] } & Readonly<
  Record<string, unknown>
>;
export type Reference = { readonly '@id': string };

export const ref = (id: string): Reference => ({ '@id': id });
export const refs = (entities: readonly Entity[]): Reference[] =>
  entities.map((entity) => ref(entity['@id']));

/** Returns the identifier of a file of the crate: its path as a relative URI (RO-Crate 1.1, "File Data Entity"). */
export const idOfPath = (path: string): string =>
  path
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/');

/** Describes a file of the crate. */
export function fileEntity(
  { path, size, sha256 }: Pick<CrateFile, 'path' | 'size' | 'sha256'>,
  more: Readonly<Record<string, unknown>> = {},
): Entity {
  const type = mediaType(path);
  return {
    '@id': idOfPath(path),
    '@type': 'File',
    contentSize: String(size),
    sha256,
    ...(type === null ? {} : { encodingFormat: type }),
    ...more,
  };
}

/**
 * Returns a path in the crate for each stored file. Zip has no backslashes in names, so they are replaced; a path that
 * is taken gets a number.
 */
export function placeFiles<T extends { readonly path: string }>(
  folder: string,
  files: readonly T[],
): (T & { readonly source: string })[] {
  const taken = new Set(files.map(({ path }) => path).filter((path) => !path.includes('\\')));
  const numbers = new Map<string, number>();
  return files.map((file) => {
    let path = file.path;
    if (path.includes('\\')) {
      const plain = path.replaceAll('\\', '_');
      let number = numbers.get(plain) ?? 1;
      path = number === 1 ? plain : `${plain}~${number}`;
      while (taken.has(path)) {
        number += 1;
        path = `${plain}~${number}`;
      }
      numbers.set(plain, number);
      taken.add(path);
    }
    return { ...file, source: file.path, path: `${folder}/${path}` };
  });
}

/** Profiles by name, each with its permanent address. */
const PROFILES = {
  process: ['Process Run Crate', '0.5', 'https://w3id.org/ro/wfrun/process/0.5'],
  workflowRun: ['Workflow Run Crate', '0.5', 'https://w3id.org/ro/wfrun/workflow/0.5'],
  provenance: ['Provenance Run Crate', '0.5', 'https://w3id.org/ro/wfrun/provenance/0.5'],
  workflow: ['Workflow RO-Crate', '1.0', 'https://w3id.org/workflowhub/workflow-ro-crate/1.0'],
} as const;
export type Profile = keyof typeof PROFILES;

/** The properties of the crate itself. */
interface Root {
  readonly name: string;
  readonly description: string;
  readonly datePublished: string;
  readonly profiles: readonly Profile[];
  readonly mentions?: readonly Reference[];
}

const LICENSE =
  'The crate states no license. Ask the organiser of the workflow, and the group for its uploads and results.';

const LANGUAGE: Entity = {
  '@id': '#workflow-language',
  '@type': 'ComputerLanguage',
  name: 'flowServ workflow template',
  url: ref('https://github.com/scailfin/flowserv-core'),
};

/** Builds the metadata document and returns the crate. */
export function createCrate(
  root: Root,
  workflow: { readonly text: string; readonly properties: Readonly<Record<string, unknown>> },
  { files, entities }: { readonly files: readonly CrateFile[]; readonly entities: readonly Entity[] },
): Crate {
  const { name, description, datePublished, mentions = [] } = root;
  const profiles = root.profiles.map((key) => PROFILES[key]);
  const hasPart = [ref(WORKFLOW_FILE), ...files.map(({ path }) => ref(idOfPath(path)))];
  const graph: Entity[] = [
    {
      '@id': METADATA_FILE,
      '@type': 'CreativeWork',
      about: ref('./'),
      conformsTo: [ref('https://w3id.org/ro/crate/1.1'), ref(PROFILES.workflow[2])],
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name,
      description,
      datePublished,
      license: LICENSE,
      conformsTo: profiles.map(([, , id]) => ref(id)),
      hasPart,
      mainEntity: ref(WORKFLOW_FILE),
      ...(mentions.length === 0 ? {} : { mentions }),
    },
    ...profiles.map(([title, version, id]) => ({
      '@id': id,
      '@type': 'CreativeWork',
      name: title,
      version,
    })),
    {
      ...fileEntity({
        path: WORKFLOW_FILE,
        size: Buffer.byteLength(workflow.text),
        sha256: createHash('sha256').update(workflow.text).digest('hex'),
      }),
      '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
      conformsTo: ref('https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'),
      programmingLanguage: ref(LANGUAGE['@id']),
      ...workflow.properties,
    },
    LANGUAGE,
    ...entities,
  ];
  const metadata = {
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': graph.map(withoutSingletons),
  };
  return {
    time: new Date(datePublished),
    documents: [
      { path: METADATA_FILE, text: jsonDocument(metadata) },
      { path: WORKFLOW_FILE, text: workflow.text },
    ],
    files,
  };
}

/** Writes a list of one value as this value (RO-Crate 1.1, "RO-Crate JSON-LD"). */
const withoutSingletons = (entity: Entity) =>
  Object.fromEntries(
    Object.entries(entity).map(([key, value]) => [
      key,
      Array.isArray(value) && value.length === 1 ? value[0] : value,
    ]),
  );

export const jsonDocument = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
