import type * as z from 'zod';
import type { submissionsBody } from '../api/bodies.ts';
import type { RunSort } from '../api/run-sort.ts';
import type { RunState } from '../runs/state.ts';
import { allAsCsv, allPages } from './organiser-methods.ts';
import type { Transport } from './transport.ts';

/** Which runs of a workflow are listed. */
export interface WorkflowRunFilter {
  readonly state?: RunState | undefined;
  /** Id of the group. */
  readonly group?: string | undefined;
  /** Number of the version. */
  readonly version?: number | undefined;
  /** Time or day from which on they were created. */
  readonly since?: string | undefined;
  /** The newest run first when absent. */
  readonly sort?: RunSort | undefined;
}

/** Which runs are in an archive of submissions. */
export type ArchiveChoice = z.input<typeof submissionsBody>;

const filterQuery = ({ version, ...filter }: WorkflowRunFilter) => ({
  ...filter,
  version: version?.toString(),
});

/** The methods of the client for lists over all groups of a workflow, which its members read. */
export const allGroupsMethods = ({ read, download }: Transport) => ({
  /**
   * Lists the groups of all users in a workflow; one request per page of the list.
   *
   * @example
   * const groups = await client.workflows.allGroups(workflowId);
   */
  allGroups: (workflowId: string) =>
    allPages(async (cursor) => {
      const { groups, nextCursor } = await read('workflows:groups', {
        params: { workflowId },
        query: { all: 'true', cursor },
      });
      return { entries: groups, nextCursor };
    }),
  /**
   * Lists the runs of all groups of a workflow, or some of them; one request per page of the list.
   *
   * @param most number of runs after which the list ends
   * @example
   * const active = await client.workflows.runs(workflowId, { state: 'RUNNING' });
   */
  runs: (workflowId: string, filter: WorkflowRunFilter = {}, most?: number) =>
    allPages(async (cursor) => {
      const { runs, nextCursor } = await read('workflows:runs', {
        params: { workflowId },
        query: { ...filterQuery(filter), cursor, limit: most?.toString() },
      });
      return { entries: runs, nextCursor };
    }, most),
  /**
   * Returns the runs of all groups of a workflow as CSV; one request per page of the list.
   *
   * @example
   * const csv = await client.workflows.runsAsCsv(workflowId, { state: 'SUCCESS' });
   */
  runsAsCsv: (workflowId: string, filter: WorkflowRunFilter = {}) =>
    allAsCsv((cursor) =>
      download('workflows:runs', {
        params: { workflowId },
        query: { ...filterQuery(filter), format: 'csv', cursor },
      }),
    ),
  /**
   * Lists the users in the groups of a workflow, one entry for each user and group; one request per page of the list.
   *
   * @example
   * const registrations = await client.workflows.registrations(workflowId);
   */
  registrations: (workflowId: string) =>
    allPages(async (cursor) => {
      const { registrations, nextCursor } = await read('workflows:registrations', {
        params: { workflowId },
        query: { cursor },
      });
      return { entries: registrations, nextCursor };
    }),
  /**
   * Returns the same as CSV.
   *
   * @example
   * const csv = await client.workflows.registrationsAsCsv(workflowId);
   */
  registrationsAsCsv: (workflowId: string) =>
    allAsCsv((cursor) =>
      download('workflows:registrations', { params: { workflowId }, query: { format: 'csv', cursor } }),
    ),
  /** Lists the archives of submissions. For organisers. @example const [last] = await client.workflows.archives(id); */
  archives: async (workflowId: string) => (await read('archives:list', { params: { workflowId } })).archives,
  /**
   * Has an archive of the submissions of all groups made, or of some of them. For organisers.
   *
   * @example
   * const { id } = await client.workflows.requestArchive(workflowId, { state: 'SUCCESS', outputs: true });
   */
  requestArchive: (workflowId: string, choice: ArchiveChoice = {}) =>
    read('archives:create', { params: { workflowId }, json: choice }),
  /** Returns an archive with links to its files. @example const { files } = await client.workflows.findArchive(id, it); */
  findArchive: (workflowId: string, archiveId: string) =>
    read('archives:get', { params: { workflowId, archiveId } }),
});
