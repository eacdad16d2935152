import { exactJson } from '../../documents/exact-json.ts';
import { latinFileName } from '../../documents/file-name.ts';
import { FlowservError } from '../../errors.ts';
import { groupEntryCodec } from '../../groups/group.ts';
import { newId, timestamp } from '../../ids.ts';
import { inBatches } from '../../parallel.ts';
import { type RunFacts, readFacts } from '../../provenance/facts.ts';
import { filterOf } from '../../runs/list-of-groups.ts';
import { type Run, type RunEntry, runCodec, runEntryCodec } from '../../runs/run.ts';
import type { Services } from '../../services/services.ts';
import { keys } from '../../store/keys.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { readVersion } from '../../workflows/version.ts';
import { isStillInstalled } from '../../workflows/workflow.ts';
import { writeZip, type ZipMember } from '../zip.ts';
import { documentMember, storedMember } from '../zip-members.ts';
import { changeSubmissions, readSubmissions, type SubmissionsRequest } from './request.ts';

/** A file ends with the run that reaches one of these: it is packed in two minutes, and a zip of it opens anywhere. */
const FILE_BYTES = 2 * 1024 ** 3;
const FILE_RUNS = 500;
/** Outputs of a run above this are left out: they take most of the 15 minutes of the function by themselves. */
const MAX_RUN_BYTES = 10 * 1024 ** 3;
/** Maximum number of files of an archive: 200 GB. */
const MAX_FILES = 100;
/** Runs whose facts are read at the same time. */
const AT_ONCE = 25;

/** How large files become; tests use smaller ones. */
export interface FileLimits {
  readonly bytes: number;
  readonly runs: number;
  readonly runBytes: number;
}
const LIMITS: FileLimits = { bytes: FILE_BYTES, runs: FILE_RUNS, runBytes: MAX_RUN_BYTES };

/**
 * Makes the next file of an archive of submissions, and requests the one after it. Repeatable: of several workers only one
 * records its file, and the others remove theirs. Leaves nothing of a workflow that is deleted.
 *
 * @throws Error when a file differs from what was stored
 */
export async function packSubmissions(
  services: Services,
  workflowId: string,
  id: string,
  limits: FileLimits = LIMITS,
): Promise<void> {
  const request = await readSubmissions(services, workflowId, id);
  if (request?.state !== 'running' || !(await isStillInstalled(services, workflowId))) return;
  await packNext(services, request, limits);
}

async function packNext(services: Services, request: SubmissionsRequest, limits: FileLimits): Promise<void> {
  const { objects, messages, now } = services;
  const { workflowId, id, files } = request;
  const { members, runs, leftOut, position, isLast } = await nextMembers(services, request, limits);
  const isFull = files.length + 1 >= MAX_FILES;
  // An archive without any run has one empty file.
  const isEmpty = runs === 0 && files.length > 0;
  const made = [...files];
  const fileId = newId();
  // Each worker has an object of its own: another one may find other runs, since some were deleted in between.
  const object = objectKeys.submissionArchive(workflowId, id, fileId);
  if (!isEmpty) {
    await objects.writeParts('work', object, writeZip(members, new Date(request.createdAt)));
    made.push({ id: fileId, size: (await objects.size('work', object)) ?? 0, runs });
  }
  // The purge of the workflow removes what is there after this.
  if (!(await isStillInstalled(services, workflowId))) return objects.remove('work', object);
  const changed = await changeSubmissions(services, request, {
    files: made,
    position,
    runs: request.runs + runs,
    leftOut: request.leftOut + leftOut,
    state: isLast ? 'done' : isFull ? 'failed' : 'running',
    progressAt: timestamp(now()),
    attempts: 0,
  });
  if (!changed) return objects.remove('work', object);
  if (changed.state === 'running') await messages.archiveWanted({ workflowId, submissions: id });
}

/** The members of the next file, and where the one after it begins. */
async function nextMembers(services: Services, request: SubmissionsRequest, limits: FileLimits) {
  const members: ZipMember[] = [];
  let [bytes, runs, leftOut] = [0, 0, 0];
  let { position } = request;
  for await (const part of inBatches(runsAfter(services, request), AT_ONCE)) {
    const facts = await factsOf(services, part);
    for (const { entry, folder } of part) {
      const found = facts.get(entry.id);
      position = positionOf(entry);
      if (!found) continue;
      const { added, size, isLeftOut } = await membersOf(services, request, found, { folder, limits });
      members.push(...added);
      bytes += size;
      runs += 1;
      if (isLeftOut) leftOut += 1;
      if (bytes >= limits.bytes || runs >= limits.runs) {
        return { members, runs, leftOut, position, isLast: false };
      }
    }
  }
  return { members, runs, leftOut, position, isLast: true };
}

interface Listed {
  readonly entry: RunEntry & { readonly groupId: string };
  /** Of its group in the archive. */
  readonly folder: string;
}

/** The last run that is packed: its group, and its place in the list of the group. */
const positionOf = ({ groupId, createdAt, id }: Listed['entry']): string => `${groupId} ${createdAt} ${id}`;

/** The runs after the position of a request, group by group and the oldest first. */
async function* runsAfter(
  { table }: Services,
  { workflowId, filter, position, createdAt: until }: SubmissionsRequest,
): AsyncGenerator<Listed> {
  const [group = '', at = '', runId = ''] = position.split(' ');
  const { sk: from } = keys.workflowGroup(workflowId, group);
  const { version, state, since } = filter;
  const conditions = filterOf({ state, version: version?.id, since });
  const { pk, prefix } = keys.workflowGroups(workflowId);
  for await (const item of table.range({ pk, prefix })) {
    if (item.sk < from) continue;
    const { id, name, deleting } = groupEntryCodec.read(item);
    if (deleting || (filter.group !== undefined && filter.group !== id)) continue;
    const folder = folderOf(id, name);
    const options = {
      ...(id === group ? { after: keys.runEntry(id, at, runId).sk } : {}),
      ...(conditions ? { filter: conditions } : {}),
    };
    for await (const run of table.range(keys.runEntries(id), options)) {
      const entry = { ...runEntryCodec.read(run), groupId: id };
      // Runs that start meanwhile are not part of it: it ends.
      if (entry.createdAt > until) break;
      yield { entry, folder };
    }
  }
}

/** Names of groups may have any character; different groups never have the same folder. */
const folderOf = (id: string, name: string): string => `${latinFileName(name).slice(0, 60) || 'group'}-${id}`;

/** What is known of runs that are not deleted meanwhile. */
async function factsOf(services: Services, part: readonly Listed[]): Promise<Map<string, RunFacts>> {
  const items = await services.table.getMany(part.map(({ entry }) => keys.run(entry.id)));
  const runs = items.map(runCodec.read).filter(({ deleting }) => !deleting);
  const found = (await readSome(services, runs)) ?? (await readEach(services, runs));
  return new Map(found.map((facts) => [facts.run.id, facts]));
}

const readEach = async (services: Services, runs: readonly Run[]): Promise<RunFacts[]> => {
  const found: RunFacts[] = [];
  for (const run of runs) found.push(...((await readSome(services, [run])) ?? []));
  return found;
};

/** Undefined if one of them is gone. */
async function readSome(services: Services, runs: readonly Run[]): Promise<RunFacts[] | undefined> {
  try {
    return await readFacts(services, runs);
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) return undefined;
    throw error;
  }
}

/** The members of one run: what was submitted, and its outputs if they are wanted. */
async function membersOf(
  services: Services,
  { outputs, workflowId }: SubmissionsRequest,
  { run, supplied, uploads, files, values }: RunFacts,
  { folder, limits }: { readonly folder: string; readonly limits: FileLimits },
) {
  const { id, groupId, state, createdAt, startedAt, finishedAt, phase, messages } = run;
  const root = `${folder}/${id}`;
  const inputs = uploads
    .filter(({ name }) => name !== null)
    .map(({ path, ...file }) => ({ ...file, path: `${root}/inputs/${path}` }));
  const kept = outputs
    ? files.map((file) => ({
        ...file,
        path: `${root}/outputs/${file.path}`,
        object: objectKeys.runFile(workflowId, id, file.id),
      }))
    : [];
  const isLeftOut = sizeOf([...inputs, ...kept]) > limits.runBytes;
  const stored = isLeftOut ? [] : [...inputs, ...kept];
  const { number } = await readVersion(services, workflowId, run.version);
  const description = {
    run: id,
    group: groupId,
    ...{ state, createdAt, startedAt, finishedAt, version: number, phase, messages },
    arguments: exactJson(supplied),
    results: values,
    ...(isLeftOut ? { leftOut: 'the files are too large for an archive; download them one by one' } : {}),
  };
  const text = Buffer.from(`${JSON.stringify(description, undefined, 2)}\n`, 'utf8');
  return {
    added: [
      documentMember(`${root}/submission.json`, text),
      ...stored.map((file) => storedMember(services, file)),
    ],
    size: sizeOf(stored),
    isLeftOut,
  };
}

const sizeOf = (files: readonly { readonly size: number }[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);
