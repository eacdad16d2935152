import type * as z from 'zod';
import type { memberBody } from '../api/bodies.ts';
import { withoutHeader } from '../api/csv.ts';
import type { Transport } from './transport.ts';

export type WorkflowRole = z.input<typeof memberBody>['role'];

/** Which runs are scored again: at most 90 named ones, all that are ranked, or all that ended. */
export type RescoreChoice =
  | { readonly runs: readonly string[] }
  | { readonly ranked: true }
  | { readonly all: true };

/** The methods of the client for the owners, organisers and viewers of a workflow. */
export const organiserMethods = ({ read, send }: Transport) => ({
  /** Lists who has a role in a workflow. @example const members = await client.workflows.members(workflowId); */
  members: async (workflowId: string) => (await read('members:list', { params: { workflowId } })).members,
  /**
   * Gives a user a role in a workflow, in place of the one before.
   *
   * @example
   * await client.workflows.addMember(workflowId, 'bob', 'organiser');
   */
  addMember: (workflowId: string, username: string, role: WorkflowRole) =>
    read('members:add', { params: { workflowId }, json: { username, role } }),
  /**
   * Takes a user's role in a workflow away.
   *
   * @example
   * await client.workflows.removeMember(workflowId, user.id);
   */
  removeMember: async (workflowId: string, userId: string) => {
    await send('members:remove', { params: { workflowId, userId } });
  },
  /**
   * Lists who did what with the rights of a role or of the operator, the newest entry first: one page.
   *
   * @example
   * const { entries, nextCursor } = await client.workflows.audit(workflowId);
   */
  audit: (workflowId: string, { limit, cursor }: { limit?: number; cursor?: string } = {}) =>
    read('workflows:audit', { params: { workflowId }, query: { limit: limit?.toString(), cursor } }),
  /**
   * Scores runs again by the current version, in the background.
   *
   * @example
   * const { id } = await client.workflows.rescore(workflowId, { ranked: true });
   */
  rescore: (workflowId: string, choice: RescoreChoice) =>
    read('rescores:create', {
      params: { workflowId },
      json: 'runs' in choice ? { runs: [...choice.runs] } : choice,
    }),
  /** Lists the requests to score runs again, the newest first: one page. @example await client.workflows.rescores(id); */
  rescores: (workflowId: string, { limit, cursor }: { limit?: number; cursor?: string } = {}) =>
    read('rescores:list', { params: { workflowId }, query: { limit: limit?.toString(), cursor } }),
  /**
   * Returns a request to score runs again, with one page of its runs.
   *
   * @example
   * const { state, done, failed } = await client.workflows.findRescore(workflowId, id);
   */
  findRescore: (
    workflowId: string,
    rescoreId: string,
    { limit, cursor }: { limit?: number; cursor?: string } = {},
  ) =>
    read('rescores:get', { params: { workflowId, rescoreId }, query: { limit: limit?.toString(), cursor } }),
  /** Cancels a request to score runs again. @example await client.workflows.cancelRescore(workflowId, id); */
  cancelRescore: (workflowId: string, rescoreId: string) =>
    read('rescores:cancel', { params: { workflowId, rescoreId } }),
  /**
   * Lists the post-processing runs of a workflow, the newest first: one page. For members of the workflow.
   *
   * @example
   * const { pending, runs } = await client.workflows.postproc(workflowId);
   */
  postproc: (workflowId: string, { limit, cursor }: { limit?: number; cursor?: string } = {}) =>
    read('workflows:postproc', { params: { workflowId }, query: { limit: limit?.toString(), cursor } }),
  /**
   * Repeats post-processing where the last run failed or was canceled. For organisers.
   *
   * @example
   * const { pending } = await client.workflows.retryPostproc(workflowId);
   */
  retryPostproc: (workflowId: string) => read('workflows:postproc:retry', { params: { workflowId } }),
});

/** Returns the lines of all pages of a list as one CSV. */
export async function allAsCsv(readPart: (cursor: string | undefined) => Promise<Response>): Promise<string> {
  const parts: string[] = [];
  let cursor: string | undefined;
  do {
    const response = await readPart(cursor);
    const text = await response.text();
    parts.push(parts.length === 0 ? text : withoutHeader(text));
    cursor = nextCursorOf(response);
  } while (cursor !== undefined);
  return parts.join('');
}

/** The cursor of the next page in the header `Link`. */
function nextCursorOf({ headers }: Response): string | undefined {
  const query = /^<\?([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
  return new URLSearchParams(query).get('cursor') ?? undefined;
}

interface Part<T> {
  readonly entries: readonly T[];
  readonly nextCursor?: string | undefined;
}

/** Returns the entries of all pages of a list, or the first ones. */
export async function allPages<T>(
  readPart: (cursor: string | undefined) => Promise<Part<T>>,
  most = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const entries: T[] = [];
  let cursor: string | undefined;
  do {
    const part = await readPart(cursor);
    entries.push(...part.entries);
    cursor = part.nextCursor;
  } while (cursor !== undefined && entries.length < most);
  return entries.slice(0, most);
}
