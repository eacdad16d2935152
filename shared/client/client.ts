import type * as z from 'zod';
import type { FileEntry } from '../api/answers.ts';
import type { createGroupBody, startRunBody, updateGroupBody } from '../api/bodies.ts';
import type { RunState } from '../runs/state.ts';
import { FORM_BYTES } from '../uploads/limits.ts';
import { ApiError } from './error.ts';
import { type MultipartFile, multipartUploadMethods, uploadInParts } from './multipart-upload.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';

export type Client = ReturnType<typeof createClient>;
export type NewGroup = z.input<typeof createGroupBody>;
export type GroupChange = z.input<typeof updateGroupBody>;
/** An argument of a run; a file is `{type: '$file', value: {fileId, targetPath?}}`. */
export interface RunArgument {
  readonly name: string;
  readonly value: unknown;
}
export interface NewRun {
  readonly arguments?: readonly RunArgument[];
  readonly config?: z.input<typeof startRunBody>['config'];
}
export interface LeaderboardQuery {
  /** `name:asc` or `name:desc`, separated by commas; the template's order when absent. */
  readonly orderBy?: string | undefined;
  /** Every run, not only the best one of each group. */
  readonly includeAll?: boolean | undefined;
}

/**
 * A client of the flowServ HTTP API, for programs and browsers. Each method is one request; all of them throw
 * `ApiError` and nothing else.
 */
export function createClient(options: ClientOptions) {
  const transport = createTransport(options);
  return {
    url: options.url,
    service: () => transport.read('service'),
    /** The OpenAPI document of the API. */
    openApi: () => transport.read('openapi'),
    users: userMethods(transport),
    workflows: workflowMethods(transport),
    groups: groupMethods(transport),
    files: { ...fileMethods(transport), ...multipartUploadMethods(transport) },
    runs: runMethods(transport),
  };
}

const userMethods = ({ read }: Transport) => ({
  list: async (prefix?: string) => {
    return (await read('users:list', { query: { query: prefix } })).users;
  },
  /** @param account `verify: true` leaves the account inactive until it is activated */
  register: (account: { username: string; password: string; verify: boolean }) =>
    read('users:register', { json: account }),
  /** @param password goes with the mailed code where accounts are confirmed by mail, and nowhere else */
  activate: (id: string, password?: string) =>
    read('users:activate', { json: { id, ...(password === undefined ? {} : { password }) } }),
  login: (username: string, password: string) => read('users:login', { json: { username, password } }),
  logout: () => read('users:logout'),
  whoami: () => read('users:whoami'),
  requestPasswordReset: async (username: string) => {
    return (await read('users:pwd:request', { json: { username } })).requestId;
  },
  resetPassword: (requestId: string, password: string) =>
    read('users:pwd:reset', { json: { requestId, password } }),
});

const workflowMethods = ({ read, download }: Transport) => ({
  list: async () => (await read('workflows:list')).workflows,
  get: (workflowId: string) => read('workflows:get', { params: { workflowId } }),
  /** JSON Schema of the arguments of a run. */
  argumentSchema: (workflowId: string) => read('workflows:arguments', { params: { workflowId } }),
  /** The caller's groups of one workflow. */
  groups: async (workflowId: string) => {
    return (await read('workflows:groups', { params: { workflowId } })).groups;
  },
  leaderboard: (workflowId: string, { orderBy, includeAll }: LeaderboardQuery = {}) =>
    read('leaderboard', {
      params: { workflowId },
      query: { orderBy, includeAll: includeAll ? 'true' : undefined },
    }),
  /** All files of the current post-processing run. */
  downloadArchive: (workflowId: string) => download('workflows:download:archive', { params: { workflowId } }),
  downloadFile: (workflowId: string, fileId: string) =>
    download('workflows:download:file', { params: { workflowId, fileId } }),
});

const groupMethods = ({ read, send }: Transport) => ({
  /** The caller's groups over all workflows. */
  list: async () => (await read('groups:list')).groups,
  create: (workflowId: string, group: NewGroup) =>
    read('groups:create', { params: { workflowId }, json: group }),
  get: (userGroupId: string) => read('groups:get', { params: { userGroupId } }),
  update: (userGroupId: string, change: GroupChange) =>
    read('groups:update', { params: { userGroupId }, json: change }),
  delete: async (userGroupId: string) => {
    await send('groups:delete', { params: { userGroupId } });
  },
});

/** What the API and what its gateway says of a body that is too large, whatever the file in it may have. */
const REQUEST_TOO_LARGE: readonly string[] = ['request.too-large', 'http.413'];

const fileMethods = (transport: Transport, { read, send, download } = transport) => ({
  list: async (userGroupId: string) => {
    return (await read('files:list', { params: { userGroupId } })).files;
  },
  /** Uploads of a group that have this content, by its hexadecimal SHA-256 digest. */
  withContent: async (userGroupId: string, sha256: string) => {
    const found: FileEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await read('files:list', { params: { userGroupId }, query: { sha256, cursor } });
      found.push(...page.files);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return found;
  },
  /**
   * Uploads a file, as a form if it is small and else in parts. What the server does not take in one request goes in
   * parts too.
   *
   * @param content a file of the disk as of `openUpload`, or of a form in a browser
   */
  upload: async (
    userGroupId: string,
    content: Blob,
    name: string,
    more: Pick<MultipartFile, 'sha256' | 'onProgress'> = {},
  ) => {
    const inParts = () => uploadInParts(transport, userGroupId, { content, name, ...more });
    if (content.size > FORM_BYTES) return inParts();
    const form = new FormData();
    form.set('file', content, name);
    try {
      return await read('files:upload', { params: { userGroupId }, form });
    } catch (error) {
      if (error instanceof ApiError && REQUEST_TOO_LARGE.includes(error.code)) return inParts();
      throw error;
    }
  },
  download: (userGroupId: string, fileId: string) =>
    download('files:download', { params: { userGroupId, fileId } }),
  delete: async (userGroupId: string, fileId: string) => {
    await send('files:delete', { params: { userGroupId, fileId } });
  },
});

const runMethods = ({ read, send, download }: Transport) => ({
  start: (userGroupId: string, run: NewRun = {}) =>
    read('runs:start', { params: { userGroupId }, json: run }),
  list: async (userGroupId: string, state?: RunState) => {
    const call = { params: { userGroupId }, query: { state } };
    return (await read('groups:runs', call)).runs;
  },
  get: (runId: string) => read('runs:get', { params: { runId } }),
  cancel: (runId: string, reason?: string) =>
    read('runs:cancel', { params: { runId }, json: reason === undefined ? {} : { reason } }),
  delete: async (runId: string) => {
    await send('runs:delete', { params: { runId } });
  },
  downloadArchive: (runId: string) => download('runs:download:archive', { params: { runId } }),
  downloadFile: (runId: string, fileId: string) =>
    download('runs:download:file', { params: { runId, fileId } }),
});
