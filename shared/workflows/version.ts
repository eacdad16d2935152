import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { SIZE_KEYS, type SizeKey } from '../step-size.ts';
import { documentCodec } from '../store/codec.ts';
import { instanceMemory } from '../store/instance-memory.ts';
import { documentName, keys } from '../store/keys.ts';
import { largeText, readLargeText } from '../store/large-text.ts';
import { type Contest, contestSchema } from '../template/contest.ts';
import { FILE_ACCESS } from '../template/file-access.ts';
import {
  type Participation,
  participationSchema,
  STANDARD_PARTICIPATION,
} from '../template/participation.ts';
import { deserializeTemplate, type Template } from '../template/template.ts';
import { type FormerPhase, formerPhaseSchema } from '../template/visibility.ts';

const staticFileSchema = z.object({
  path: z.string(),
  size: z.number(),
  sha256: z.string(),
  mode: z.number(),
  /** Absent in versions of earlier releases, which had only this kind. */
  access: z.enum(FILE_ACCESS).default('steps'),
});
export type StaticFile = z.infer<typeof staticFileSchema>;

/** One immutable version of a workflow: its template, static files and compiled state machines. */
export interface WorkflowVersion {
  readonly id: string;
  /** Its position among the versions of the workflow, from 1. */
  readonly number: number;
  /** The number of the first version whose results are ranked with those of this one. It identifies their leaderboard. */
  readonly rankedSince: number;
  readonly template: Template;
  /** Engine configuration of the workflow, or null for the engine's defaults. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** What participants may configure for the steps that they supply; null if the manifest does not say. */
  readonly participantConfig: readonly SizeKey[] | null;
  /** The rules of a contest; null if the manifest has none. */
  readonly contest: Contest | null;
  /** The phases that earlier versions had and this one has not. */
  readonly formerPhases?: readonly FormerPhase[] | undefined;
  /** Who may take part, and how. */
  readonly participation: Participation;
  readonly ignorePostproc: boolean;
  /** Id of the remote engine that executes the template's steps; null if the stage itself does. */
  readonly engine: string | null;
  readonly files: readonly StaticFile[];
  /**
   * ARN of the state machine of the template's steps, and of the post-processing steps if any, as compiled when the
   * version was installed; `state-machines.ts` returns the current ones. Steps at a remote engine have none, which is
   * the empty text.
   */
  readonly machine: string;
  readonly postprocMachine: string | null;
}

/** Number and leaderboard of the version with which a workflow is installed. */
export const FIRST_VERSION = { number: 1, rankedSince: 1 } as const;

/** A version as it is stored, the template as text. */
export type StoredVersion = Omit<WorkflowVersion, 'id' | 'template'> & { readonly template: string };

export const versionCodec = documentCodec<StoredVersion>(
  'the version of a workflow',
  1,
  z.object({
    /** Both absent in versions of earlier releases. */
    number: z.number().default(1),
    rankedSince: z.number().default(1),
    template: z.string(),
    config: z.record(z.string(), z.unknown()).nullable(),
    /** Absent in versions of earlier releases. */
    participantConfig: z.array(z.enum(SIZE_KEYS)).nullable().default(null),
    /** Absent in versions of earlier releases. */
    contest: contestSchema.nullable().default(null),
    formerPhases: z.array(formerPhaseSchema).optional(),
    /** Absent in versions of earlier releases. */
    participation: participationSchema.default(STANDARD_PARTICIPATION),
    ignorePostproc: z.boolean(),
    /** Absent in versions of earlier releases. */
    engine: z.string().nullable().default(null),
    files: z.array(staticFileSchema),
    machine: z.string(),
    postprocMachine: z.string().nullable(),
  }),
);

async function readStored(services: Services, workflowId: string, versionId: string): Promise<StoredVersion> {
  const text = await readLargeText(services, keys.document(keys.workflow(workflowId), versionId));
  if (text === undefined) throw unknownObject('workflow', workflowId);
  return versionCodec.read(text);
}

const versions = instanceMemory<WorkflowVersion>(50);

/** Reads one version of a workflow; from memory if this instance read it before. */
export async function readVersion(
  services: Services,
  workflowId: string,
  versionId: string,
): Promise<WorkflowVersion> {
  const name = `${workflowId}/${versionId}`;
  const known = versions.get(name);
  if (known) return known;
  const { template, ...rest } = await readStored(services, workflowId, versionId);
  return versions.keep(name, { id: versionId, ...rest, template: deserializeTemplate(template) });
}

/** Reads all versions of a workflow, with the state machines as stored in them. */
export async function readVersions(
  { table, objects }: Services,
  workflowId: string,
): Promise<WorkflowVersion[]> {
  const found: WorkflowVersion[] = [];
  for await (const item of table.range(keys.documents(keys.workflow(workflowId)))) {
    const text = await largeText(objects, item);
    // While a workflow is being purged, the object is removed before its item.
    if (text === undefined) throw unknownObject('workflow', workflowId);
    const { template, ...rest } = versionCodec.read(text);
    found.push({ id: documentName(item), ...rest, template: deserializeTemplate(template) });
  }
  return found;
}

const staticFiles = instanceMemory<readonly StaticFile[]>(50);

/** Reads the static files of a version, for callers that do not need the template. */
export async function readStaticFiles(
  services: Services,
  workflowId: string,
  versionId: string,
): Promise<readonly StaticFile[]> {
  const name = `${workflowId}/${versionId}`;
  return (
    staticFiles.get(name) ?? staticFiles.keep(name, (await readStored(services, workflowId, versionId)).files)
  );
}
