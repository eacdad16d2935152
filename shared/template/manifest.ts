/**
 * The manifest of a workflow's source: its name, its files and the location of the template.
 *
 * Source: flowServ template specification, manifest.
 */

import {
  defined,
  displayText,
  listAt,
  mappingAt,
  onlyKnown,
  optionalFlag,
  requiredPath,
  textList,
} from '../documents/fields.ts';
import { nearestName } from '../documents/nearest-name.ts';
import {
  below,
  type Location,
  type Problem,
  problemText,
  report,
  withoutProblems,
} from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { type PythonMapping, type PythonValue, toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { invalidTemplate } from '../errors.ts';
import type { Contest } from './contest.ts';
import { FILE_ACCESS, type FileAccess } from './file-access.ts';
import { readContest } from './read-contest.ts';
import { type ParticipantSettings, readParticipants } from './read-participation.ts';
import { TEMPLATE_SECTIONS } from './template-sections.ts';
import { warnOfUnknownCodes } from './template-warnings.ts';

/** File names of a manifest, in the order of search. */
export const MANIFEST_NAMES = ['flowserv.json', 'flowserv.yaml', 'flowserv.yml'] as const;

const KEYS = [
  ...[
    'name',
    'description',
    'instructions',
    'files',
    'specfile',
    'ignoreWarnings',
    'participants',
    'contest',
  ],
];

/** Maximum number of entries in a manifest's file list. */
const MAX_MANIFEST_FILES = 1_000;

/** A file or folder of the source that becomes part of every run directory. */
export interface ManifestFile {
  /** Normal relative path in the source; empty for the whole source. */
  readonly source: string;
  /**
   * Target path: a folder's contents go below this path (empty: into the run directory itself), a file goes to exactly
   * this path. If absent, the path in the source. A final `/` is kept, because it marks a folder.
   */
  readonly target?: string;
  /** Access to the file; `steps` if absent. */
  readonly access?: FileAccess;
}

export interface Manifest {
  readonly name?: string;
  readonly description?: string;
  /** Path of the instructions file. */
  readonly instructions?: string;
  /** Absent: every file of the source. */
  readonly files?: readonly ManifestFile[];
  /** Path of the template. */
  readonly specfile?: string;
  /** Codes of warnings that the organiser wants to hide. */
  readonly ignoreWarnings?: readonly string[];
  /** Who may take part and how, and what participants may set. */
  readonly participants?: ParticipantSettings;
  /** The rules of a contest. */
  readonly contest?: Contest;
}

function readFile(raw: PythonValue, location: Location): ManifestFile {
  const fields = mappingAt(raw, location);
  onlyKnown(fields, ['source', 'target', 'access', 'private'], location);
  return {
    source: requiredPath(fields, 'source', 'folder', location),
    ...defined({ target: readTarget(fields, location), access: readAccess(fields, location) }),
  };
}

/** `private: true` is short for `access: private`. */
function readAccess(fields: PythonMapping, location: Location): FileAccess | undefined {
  const written = fields.access ?? undefined;
  const access = FILE_ACCESS.find((one) => one === written);
  if (written !== undefined && access === undefined) {
    const known = FILE_ACCESS.join(', ');
    report(below(location, 'access'), `unknown access '${quotedText(written)}'; use one of ${known}`);
  }
  const isPrivate = optionalFlag(fields, 'private', location);
  if (isPrivate === undefined) return access;
  if (written !== undefined)
    report(below(location, 'private'), "cannot be combined with 'access'; remove one of them");
  return isPrivate ? 'private' : 'steps';
}

function readTarget(fields: PythonMapping, location: Location): string | undefined {
  const { target } = fields;
  if (target === undefined || target === null) return undefined;
  const isRunDirectory =
    typeof target === 'string' && /^(\.?\/)*\.?$/.test(target) && !target.startsWith('/');
  return isRunDirectory ? '' : requiredPath(fields, 'target', 'any', location);
}

function readFiles(fields: PythonMapping, location: Location): readonly ManifestFile[] | undefined {
  const { files } = fields;
  if (files === undefined || files === null) return undefined;
  const at = below(location, 'files');
  const list = listAt(files, at);
  if (list.length > MAX_MANIFEST_FILES) report(at, `more than ${MAX_MANIFEST_FILES} entries; list folders`);
  return list.map((file, i) => readFile(file, below(at, i)));
}

function optionalPath(fields: PythonMapping, key: string, location: Location): string | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : requiredPath(fields, key, 'file', location);
}

function readIgnored(fields: PythonMapping, location: Location): readonly string[] | undefined {
  if ((fields.ignoreWarnings ?? null) === null) return undefined;
  const codes = textList(fields, 'ignoreWarnings', location, { entries: 100, characters: 100 });
  warnOfUnknownCodes(codes, below(location, 'ignoreWarnings'));
  return codes;
}

/**
 * Parses a manifest. An empty document is an empty manifest.
 *
 * @param warnings receives warnings for the organiser.
 * @throws 400 `invalid manifest: …` for unknown elements, wrong types and paths that leave the source.
 */
export function parseManifest(document: unknown, warnings: Warning[] = []): Manifest {
  const errorOf = (problem: Problem) => invalidTemplate(`invalid manifest: ${problemText(problem)}`);
  return withoutProblems('', (location) => readManifest(document, location), { errorOf, warnings });
}

/** Returns a hint if a key probably means a section of the template. */
function sectionHint(key: string): string {
  const section = nearestName(key, TEMPLATE_SECTIONS);
  return section === undefined ? '' : `; '${section}' belongs in the template, which specfile names`;
}

/** Reads a manifest and reports its problems. */
export function readManifest(document: unknown, location: Location): Manifest {
  const fields = mappingAt(toPythonValue(document ?? {}), location);
  onlyKnown(fields, KEYS, location, sectionHint);
  return defined({
    name: displayText(fields, 'name', location),
    description: displayText(fields, 'description', location),
    instructions: optionalPath(fields, 'instructions', location),
    files: readFiles(fields, location),
    specfile: optionalPath(fields, 'specfile', location),
    ignoreWarnings: readIgnored(fields, location),
    participants: readParticipants(fields, location),
    contest: readContest(fields.contest, below(location, 'contest')),
  });
}

/** Options of an operator that override the manifest. */
export interface ManifestOptions {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly instructions?: string | null;
  readonly specfile?: string | null;
}

/** A manifest with all required values. */
export interface CompleteManifest extends Manifest {
  readonly name: string;
  readonly specfile: string;
}

/**
 * Returns the manifest with an operator's options instead of its own values.
 *
 * @throws 400 `invalid manifest: missing name` or `missing workflow specification`.
 */
export function completeManifest(manifest: Manifest, options: ManifestOptions): CompleteManifest {
  const name = options.name ?? manifest.name;
  const specfile = options.specfile ?? manifest.specfile;
  if (name === undefined) {
    throw invalidTemplate("invalid manifest: missing name; set 'name' in the manifest or as an option");
  }
  if (specfile === undefined) {
    throw invalidTemplate(
      "invalid manifest: missing workflow specification; set 'specfile' to the template's path",
    );
  }
  const description = options.description ?? manifest.description;
  const instructions = options.instructions ?? manifest.instructions;
  return { ...manifest, name, specfile, ...defined({ description, instructions }) };
}
