import * as z from 'zod';
import { runStates } from '../runs/state.ts';

/**
 * Answers of the API as a client reads them (flowServ HTTP API, JSON objects). Fields that are not listed are
 * dropped, so that a newer server does no harm.
 */

const text = z.string();
const parameterBase = z.object({
  name: text,
  dtype: text,
  index: z.number(),
  isRequired: z.boolean(),
  label: text.optional(),
  help: text.optional(),
  defaultValue: z.unknown().optional(),
  group: text.optional(),
  /** Of files: where the file lands, or null when the user says so. */
  target: text.nullish(),
  /** Of numbers: an interval such as `[0,10)`. */
  range: text.optional(),
  /** Of enumerations. */
  values: z.array(z.object({ name: text, value: z.unknown(), isDefault: z.boolean().optional() })).optional(),
});
export interface Parameter extends z.infer<typeof parameterBase> {
  /** Of lists: the declaration of the elements. */
  readonly para?: Parameter | undefined;
  /** Of records. */
  readonly fields?: Parameter[] | undefined;
}
const parameter: z.ZodType<Parameter> = z.lazy(() =>
  parameterBase.extend({ para: parameter.optional(), fields: z.array(parameter).optional() }),
);
const parameters = z.array(parameter);

export const service = z.object({
  name: text,
  version: text,
  url: text,
  routes: z.array(z.object({ id: text, pattern: text })),
  username: text.optional(),
});

export const user = z.object({ id: text, username: text });
export const session = user.extend({ token: text });
export const userListing = z.object({ users: z.array(user) });
export const resetRequest = z.object({ requestId: text });

const state = z.enum(runStates);
export const runEntry = z.object({ id: text, state, createdAt: text });
export const runListing = z.object({ runs: z.array(runEntry) });
export const runFile = z.object({
  id: text,
  name: text,
  title: text.optional(),
  caption: text.optional(),
  widget: z.unknown().optional(),
  format: z.unknown().optional(),
});
export const run = runEntry.extend({
  workflowId: text,
  groupId: text.optional(),
  arguments: z.array(z.object({ name: text, value: z.unknown() })),
  parameters: parameters.optional(),
  startedAt: text.optional(),
  finishedAt: text.optional(),
  messages: z.array(text).optional(),
  files: z.array(runFile).optional(),
});

export const file = z.object({ id: text, name: text, createdAt: text, size: z.number() });
export const fileListing = z.object({ files: z.array(file) });

export const groupEntry = z.object({ id: text, name: text, workflow: text });
export const groupListing = z.object({ groups: z.array(groupEntry) });
export const group = groupEntry.extend({
  members: z.array(user),
  parameters,
  files: z.array(file),
  config: z.record(text, z.unknown()).nullable(),
  runs: z.array(runEntry).optional(),
});

export const workflowEntry = z.object({
  id: text,
  name: text,
  description: text.optional(),
  instructions: text.optional(),
});
export const jsonSchema = z.looseObject({ $schema: text, title: text });
export const workflowListing = z.object({ workflows: z.array(workflowEntry) });
export const workflow = workflowEntry.extend({
  parameters,
  parameterGroups: z.array(z.object({ name: text, title: text, index: z.number() })).optional(),
  postproc: run.optional(),
  groups: z.array(groupEntry).optional(),
});

const cell = z.union([text, z.number()]).nullable();
export const leaderboard = z.object({
  schema: z.array(z.object({ name: text, label: text, dtype: z.enum(['int', 'float', 'string']) })),
  ranking: z.array(
    z.object({
      run: z.object({ id: text, createdAt: text, startedAt: text, finishedAt: text }),
      group: z.object({ id: text, name: text }),
      results: z.array(z.object({ name: text, value: cell })),
    }),
  ),
  postproc: run.optional(),
});

export type ServiceDescriptor = z.infer<typeof service>;
export type User = z.infer<typeof user>;
export type Session = z.infer<typeof session>;
export type RunEntry = z.infer<typeof runEntry>;
export type RunFile = z.infer<typeof runFile>;
export type Run = z.infer<typeof run>;
export type FileEntry = z.infer<typeof file>;
export type GroupEntry = z.infer<typeof groupEntry>;
export type Group = z.infer<typeof group>;
export type WorkflowEntry = z.infer<typeof workflowEntry>;
export type Workflow = z.infer<typeof workflow>;
export type Leaderboard = z.infer<typeof leaderboard>;
