import { createHash } from 'node:crypto';
import { recordedContent, type StepView } from '../broker/inputs.ts';
import type { StepRun } from '../broker/session.ts';
import type { SeenParts } from '../runs/steps/reuse.ts';
import type { TreeEntry } from '../staging/protocol.ts';

/**
 * Changes when the same parts would mean something else, such as after a change of the format below. Entries of other
 * formats are never found.
 */
const FORMAT = 1;

/** What a run and its step consist of besides the view: everything else that a task gets. */
export interface SeenAround {
  /** The partition of the entries: the group, or the workflow for post-processing. */
  readonly owner: string;
  readonly workflowId: string;
  /** ARN of the task definition. Its family is a hash of the image, the processor, the disk and the staging program. */
  readonly definition: string;
}

/**
 * The parts of what a step sees: the broker's response to its task and the definition of the task are all that a task
 * gets, except for its number of vCPUs, its memory and its time limit. Undefined if the content of a file is not known
 * for certain.
 */
export function seenParts(
  view: StepView,
  origin: StepRun,
  { owner, workflowId, definition }: SeenAround,
): SeenParts | undefined {
  const files = view.tree.map((entry) => contentOf(origin, entry));
  if (files.includes(undefined)) return undefined;
  const { script, control = {}, folders, keep } = view;
  return {
    owner: digestOf([owner, workflowId]),
    task: digestOf(definition.replace(/:\d+$/, '')),
    script: digestOf([script, control]),
    files: digestOf([sorted(files), sorted(folders)]),
    kept: digestOf(keep),
  };
}

/** The key of a step that sees these parts: 64 hexadecimal digits. */
export const keyOfParts = (parts: SeenParts): string => digestOf(['flowserv-reuse', FORMAT, parts]);

/** The parts that differ, as a step's user knows them. */
export function differenceOf(parts: SeenParts, others: SeenParts): readonly string[] {
  const names: Readonly<Record<string, string>> = {
    task: 'its image, or the settings of its task',
    script: 'its commands, their values or its environment',
    files: 'its files',
    kept: 'which of its files are kept or passed on',
  };
  return Object.keys(names)
    .filter((part) => parts[part] !== others[part])
    .map((part) => names[part] ?? part);
}

/**
 * What a step sees of an entry of its tree. A manifest comes from a task, so the digests in it are compared with the
 * recorded ones: by claiming a digest, a participant would get the outputs of content that the run does not have.
 */
function contentOf(origin: StepRun, entry: TreeEntry): readonly unknown[] | undefined {
  const { path } = entry;
  if (entry.type === 'folder') return [path, 'folder'];
  if (entry.type === 'link') return [path, 'link', entry.target];
  const recorded = recordedContent(origin, entry);
  if (recorded?.sha256 !== entry.sha256 || recorded.size !== entry.size) return undefined;
  const { mode, size, sha256 } = entry;
  return [path, 'file', mode, size, sha256, entry.protected, entry.private === true];
}

const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex');

/** A value whose JSON is the same for the same content: members are sorted, absent ones left out. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return { members: members.map(([name, member]) => [name, canonical(member)]).sort(byText) };
}

/** Sorts values by their JSON. */
const sorted = (values: readonly unknown[]): unknown[] => [...values].sort(byText);

function byText(first: unknown, second: unknown): number {
  const [a, b] = [JSON.stringify(first), JSON.stringify(second)];
  return a < b ? -1 : a > b ? 1 : 0;
}
