import { writeJson } from '../documents/json-document.ts';
import {
  isList,
  isMapping,
  type PythonMapping,
  type PythonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import { LIMITS, type LimitName } from '../template/contest.ts';
import type { FileAccess } from '../template/file-access.ts';
import type { ResultSchema } from '../template/result-schema.ts';
import { type Template, templateDocument } from '../template/template.ts';
import { phaseChanges } from './compare-phases.ts';
import type { WorkflowVersion } from './version.ts';
import type { WorkflowEntry } from './workflow.ts';

/** What is compared of two versions; of files their content by its digest. */
export interface Comparable
  extends Pick<
      WorkflowVersion,
      'config' | 'participantConfig' | 'contest' | 'participation' | 'ignorePostproc' | 'engine'
    >,
    Pick<WorkflowEntry, 'description' | 'instructions'> {
  readonly template: Template;
  readonly files: readonly ComparableFile[];
}

interface ComparableFile {
  readonly path: string;
  readonly sha256: string;
  readonly mode: number;
  readonly access: FileAccess;
}

export interface VersionDifference {
  /** Whether the result schema differs, so that a new leaderboard begins. */
  readonly isNewLeaderboard: boolean;
  /** Sentences for everyone; empty if the versions are equal. They name no files. */
  readonly changes: readonly string[];
  /** Sentences for the organiser, about files, which may be private. */
  readonly files: readonly string[];
}

/** Maximum number of sentences that are stored, and characters of each. */
const MAX_CHANGES = 50;
const MAX_LENGTH = 300;
/** Files whose names are listed. */
const MAX_NAMES = 20;

/** Returns what differs between two versions, and what that means for runs and groups. */
export function compareVersions(before: Comparable, after: Comparable): VersionDifference {
  const isNewLeaderboard = !ranksTogether(before.template.results, after.template.results);
  const all = [
    ...(isNewLeaderboard ? ['The result schema changes: a new leaderboard begins.'] : []),
    ...resultChanges(before.template.results, after.template.results),
    ...parameterChanges(before.template, after.template),
    ...templateChanges(before.template, after.template),
    ...contestChanges(before.contest, after.contest, isNewLeaderboard),
    ...participationChanges(before.participation, after.participation),
    ...settingChanges(before, after),
    ...fileCounts(before.files, after.files),
  ].map((text) => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1).toWellFormed()}…` : text));
  const rest = all.length - MAX_CHANGES;
  const changes = rest > 0 ? [...all.slice(0, MAX_CHANGES), `And ${rest} more changes.`] : all;
  return { isNewLeaderboard, changes, files: fileNames(before.files, after.files) };
}

const same = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);
const textOf = (value: unknown): string => writeJson(sorted(toPythonValue(value ?? null)));

/** A value whose mappings are in the order of their keys, which has no meaning. */
function sorted(value: PythonValue): PythonValue {
  if (isList(value)) return value.map(sorted);
  if (!isMapping(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
}

/**
 * Whether results by both schemas can be compared: the same columns with the same meaning, in the same order of the
 * ranking. Labels, units and the name of the file may differ.
 */
function ranksTogether(before: ResultSchema | undefined, after: ResultSchema | undefined): boolean {
  const ranked = (schema: ResultSchema | undefined) =>
    schema && {
      columns: schema.columns.map(({ name, dtype, path = name, compute, required }) => ({
        name,
        dtype,
        path,
        compute: compute ?? null,
        required,
      })),
      orderBy: schema.orderBy.map(({ name, sortDesc }) => ({ name, sortDesc })),
    };
  return same(ranked(before), ranked(after));
}

function resultChanges(before: ResultSchema | undefined, after: ResultSchema | undefined): string[] {
  if (!before || !after) {
    if (before) return ['There is no leaderboard any more.'];
    return after ? ['There is a leaderboard from now on.'] : [];
  }
  const columns = membersChanged('Column', before.columns, after.columns, (column) => ({ ...column }));
  return [
    ...columns,
    ...(same(before.orderBy, after.orderBy) ? [] : ['The order of the leaderboard changes.']),
    ...(before.file === after.file ? [] : [`The file of results is '${after.file}'.`]),
  ];
}

function parameterChanges(before: Template, after: Template): string[] {
  const documentOf = (template: Template) => {
    const { parameters } = templateDocument(template);
    return (Array.isArray(parameters) ? parameters : []) as readonly (PythonMapping & { name: string })[];
  };
  const known = new Set(before.parameters.map(({ name }) => name));
  const needed = after.parameters.filter(
    ({ name, isRequired, defaultValue }) => isRequired && defaultValue === undefined && !known.has(name),
  );
  return [
    ...membersChanged('Parameter', documentOf(before), documentOf(after), (parameter) => parameter),
    ...needed.map(({ name }) => `Runs have to set the new parameter '${name}'.`),
  ];
}

/** Changes of a list whose members have names. */
function membersChanged<T extends { readonly name: string }>(
  kind: string,
  before: readonly T[],
  after: readonly T[],
  documentOf: (member: T) => Readonly<Record<string, unknown>>,
): string[] {
  const earlier = new Map(before.map((member) => [member.name, documentOf(member)]));
  const later = new Map(after.map((member) => [member.name, documentOf(member)]));
  const gone = [...earlier.keys()].filter((name) => !later.has(name));
  const changed = [...later].flatMap(([name, document]) => {
    const old = earlier.get(name);
    if (!old) return [`${kind} '${name}' is new.`];
    const elements = [...new Set([...Object.keys(old), ...Object.keys(document)])].filter(
      (element) => !same(old[element], document[element]),
    );
    if (elements.length === 0) return [];
    const texts = elements.map((element) =>
      element === 'dtype' ? `dtype from ${old.dtype} to ${document.dtype}` : element,
    );
    return [`${kind} '${name}' changes: ${texts.join(', ')}.`];
  });
  return [...gone.map((name) => `${kind} '${name}' is removed.`), ...changed];
}

const SECTIONS: Readonly<Record<string, string>> = {
  workflow: 'The steps of the workflow change.',
  parameterGroups: 'The groups of parameters change.',
  outputs: 'The declared outputs change.',
  postproc: 'The post-processing changes.',
};

function templateChanges(before: Template, after: Template): string[] {
  const [earlier, later] = [templateDocument(before), templateDocument(after)];
  return Object.entries(SECTIONS).flatMap(([section, sentence]) =>
    same(earlier[section], later[section]) ? [] : [sentence],
  );
}

/** What a limit that changes means for what groups used before. */
function meaningOf(name: LimitName, before: WorkflowVersion['contest'], old: number | undefined): string {
  if (name === 'maxGroupMembers') return 'groups that have more members stay as they are';
  const isCounted = before !== null && (name !== 'groupsPerUser' || old !== undefined);
  return isCounted ? 'what groups used so far counts' : 'what groups used before this version does not count';
}

function contestChanges(
  before: WorkflowVersion['contest'],
  after: WorkflowVersion['contest'],
  isNewLeaderboard: boolean,
): string[] {
  const limits = LIMITS.flatMap((name) => {
    const [old, now] = [before?.limits[name], after?.limits[name]];
    if (old === now) return [];
    const change = `Limit '${name}' changes from ${old ?? 'none'} to ${now ?? 'none'}`;
    return [now === undefined ? `${change}.` : `${change}; ${meaningOf(name, before, old)}.`];
  });
  const [old, now] = [before?.ranking, after?.ranking];
  return [
    ...limits,
    ...phaseChanges(before, after),
    ...(same(old, now) ? [] : ['The rules of the ranking change.']),
    ...(same(before?.budget, after?.budget) ? [] : ['The budget changes; runs of this month count.']),
    ...(old?.entry === 'chosen' && now?.entry !== 'chosen'
      ? ['The runs that groups chose do not decide any more.']
      : []),
    ...(!isNewLeaderboard && (old?.chosen ?? 0) > (now?.chosen ?? 0) && now?.entry === 'chosen'
      ? ['Groups that chose more runs than they may now keep them until they choose again.']
      : []),
    ...(isNewLeaderboard && now?.entry === 'chosen'
      ? ['Groups choose again; their choices stay on the earlier leaderboard.']
      : []),
  ];
}

function participationChanges(
  { rules: oldRules, ...before }: Comparable['participation'],
  { rules, ...after }: Comparable['participation'],
): string[] {
  return [
    ...(rules && rules.version !== oldRules?.version
      ? ['The rules of the benchmark change: users accept them again before their next run.']
      : []),
    ...(oldRules && !rules ? ['The benchmark has no rules to accept any more.'] : []),
    ...(same(before, after) ? [] : ['The conditions of taking part change.']),
  ];
}

function settingChanges(before: Comparable, after: Comparable): string[] {
  const texts: readonly [keyof Comparable, string][] = [
    ['config', 'The engine configuration changes.'],
    ['participantConfig', 'What participants may configure changes.'],
    ['ignorePostproc', 'Post-processing is turned on or off.'],
    ['engine', 'Another engine executes the steps.'],
    ['description', 'The description changes.'],
    ['instructions', 'The instructions change.'],
  ];
  return texts.flatMap(([key, sentence]) => (same(before[key], after[key]) ? [] : [sentence]));
}

function changedFiles(before: readonly ComparableFile[], after: readonly ComparableFile[]) {
  const earlier = new Map(before.map((file) => [file.path, file]));
  const later = new Set(after.map(({ path }) => path));
  const isChanged = (file: ComparableFile) => {
    const old = earlier.get(file.path);
    return old && (old.sha256 !== file.sha256 || old.mode !== file.mode || old.access !== file.access);
  };
  return {
    new: after.filter(({ path }) => !earlier.has(path)),
    changed: after.filter(isChanged),
    removed: before.filter(({ path }) => !later.has(path)),
  };
}

function fileCounts(before: readonly ComparableFile[], after: readonly ComparableFile[]): string[] {
  const counts = Object.entries(changedFiles(before, after)).flatMap(([kind, { length }]) =>
    length === 0 ? [] : [`${length} ${kind}`],
  );
  return counts.length === 0 ? [] : [`Static files: ${counts.join(', ')}.`];
}

function fileNames(before: readonly ComparableFile[], after: readonly ComparableFile[]): string[] {
  return Object.entries(changedFiles(before, after)).flatMap(([kind, files]) => {
    if (files.length === 0) return [];
    const names = files
      .slice(0, MAX_NAMES)
      .map(({ path, access }) => (access === 'private' ? `${path} (private)` : path));
    const rest = files.length > MAX_NAMES ? `, and ${files.length - MAX_NAMES} more` : '';
    return [`Files ${kind}: ${names.join(', ')}${rest}.`];
  });
}
