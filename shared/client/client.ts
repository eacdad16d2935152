import type { FileEntry } from '../api/answers.ts';
import { FORM_BYTES } from '../uploads/limits.ts';
import { allGroupsMethods } from './all-groups-methods.ts';
import { announcementMethods } from './announcement-methods.ts';
import { costMethods, estimateMethods } from './cost-methods.ts';
import { ApiError } from './error.ts';
import { groupMemberMethods } from './group-member-methods.ts';
import { groupMethods } from './group-methods.ts';
import {
  groupModerationMethods,
  runModerationMethods,
  workflowModerationMethods,
} from './moderation-methods.ts';
import { type MultipartFile, multipartUploadMethods, uploadInParts } from './multipart-upload.ts';
import { allAsCsv, organiserMethods } from './organiser-methods.ts';
import { participantMethods } from './participant-methods.ts';
import { runMethods } from './run-methods.ts';
import { tokenMethods } from './token-methods.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';
import { versionMethods } from './version-methods.ts';
import { webhookMethods } from './webhook-methods.ts';

export type Client = ReturnType<typeof createClient>;
export interface LeaderboardQuery {
  /** `name:asc` or `name:desc`, separated by commas; the template's order when absent. */
  readonly orderBy?: string | undefined;
  /** Every run, not only the best one of each group. */
  readonly includeAll?: boolean | undefined;
  /** Number of a version that ranks on the leaderboard; the current one when absent. */
  readonly version?: number | undefined;
  /** Id of a phase of the contest; the open one when absent, or the one that closed last. */
  readonly phase?: string | undefined;
}

/**
 * Creates a client of the flowServ HTTP API, for programs and browsers. Each method is one request, unless it says
 * otherwise. All methods throw only `ApiError`.
 *
 * @example
 * const client = createClient({ url: 'http://localhost:5000/flowserv/api/v1', token });
 * const workflows = await client.workflows.list();
 */
export function createClient(options: ClientOptions) {
  const transport = createTransport(options);
  return {
    url: options.url,
    /** Returns the service descriptor. @example const { version } = await client.service(); */
    service: () => transport.read('service'),
    /** Returns the OpenAPI document of the API. @example const { paths } = await client.openApi(); */
    openApi: () => transport.read('openapi'),
    users: userMethods(transport),
    tokens: tokenMethods(transport),
    workflows: {
      ...workflowMethods(transport),
      ...organiserMethods(transport),
      ...costMethods(transport),

      ...allGroupsMethods(transport),
      ...participantMethods(transport),
      ...workflowModerationMethods(transport),
      ...announcementMethods(transport),
      ...webhookMethods(transport),
      ...versionMethods(transport),
    },
    groups: {
      ...groupMethods(transport),
      ...groupMemberMethods(transport),
      ...groupModerationMethods(transport),
    },
    files: { ...fileMethods(transport), ...multipartUploadMethods(transport) },
    runs: { ...runMethods(transport), ...estimateMethods(transport), ...runModerationMethods(transport) },
  };
}

const userMethods = ({ read }: Transport) => ({
  /** Returns what is stored of the caller. @example const { groups, roles } = await client.users.export(); */
  export: () => read('users:export'),
  /** Deletes the caller's account. @example await client.users.delete(password); */
  delete: (password: string) => read('users:delete', { json: { password } }),
  /** Lists active users whose name starts with the prefix. @example await client.users.list('al'); */
  list: async (prefix?: string) => {
    return (await read('users:list', { query: { query: prefix } })).users;
  },
  /**
   * Registers an account.
   *
   * @param account with `verify: true` it stays inactive until it is activated
   * @example
   * const user = await client.users.register({ username: 'alice', password, verify: false });
   */
  register: (account: { username: string; password: string; verify: boolean }) =>
    read('users:register', { json: account }),
  /**
   * Activates an account that was registered with `verify`.
   *
   * @param id the user's id, or the mailed code if mail confirms accounts
   * @param password required with a mailed code, rejected otherwise
   * @example
   * await client.users.activate(user.id);
   */
  activate: (id: string, password?: string) =>
    read('users:activate', { json: { id, ...(password === undefined ? {} : { password }) } }),
  /** Logs in. @example const { token } = await client.users.login('alice', password); */
  login: (username: string, password: string) => read('users:login', { json: { username, password } }),
  /** Ends the session of the client's token. @example await client.users.logout(); */
  logout: () => read('users:logout'),
  /** Returns the user of the client's token. @example const { username } = await client.users.whoami(); */
  whoami: () => read('users:whoami'),
  /**
   * Requests a password reset and returns a request id. The id resets the password only if the server is configured so.
   *
   * @example
   * const requestId = await client.users.requestPasswordReset('alice');
   */
  requestPasswordReset: async (username: string) => {
    return (await read('users:pwd:request', { json: { username } })).requestId;
  },
  /** Sets a new password. @example await client.users.resetPassword(requestId, newPassword); */
  resetPassword: (requestId: string, password: string) =>
    read('users:pwd:reset', { json: { requestId, password } }),
});

const leaderboardQuery = ({ orderBy, includeAll, version, phase }: LeaderboardQuery) => ({
  orderBy,
  includeAll: includeAll ? 'true' : undefined,
  version: version?.toString(),
  phase,
});

const workflowMethods = ({ read, download }: Transport) => ({
  /** Lists all workflows. @example const [workflow] = await client.workflows.list(); */
  list: async () => (await read('workflows:list')).workflows,
  /** Returns a workflow. @example const { parameters } = await client.workflows.get(workflowId); */
  get: (workflowId: string) => read('workflows:get', { params: { workflowId } }),
  /**
   * Returns the JSON Schema of the arguments of a run.
   *
   * @example
   * const schema = await client.workflows.argumentSchema(workflowId);
   */
  argumentSchema: (workflowId: string) => read('workflows:arguments', { params: { workflowId } }),
  /**
   * Lists the caller's groups of one workflow.
   *
   * @example
   * const groups = await client.workflows.groups(workflowId);
   */
  groups: async (workflowId: string) => {
    return (await read('workflows:groups', { params: { workflowId } })).groups;
  },
  /**
   * Returns the leaderboard of a workflow.
   *
   * @example
   * const { ranking } = await client.workflows.leaderboard(workflowId, { orderBy: 'score:desc' });
   */
  leaderboard: (workflowId: string, query: LeaderboardQuery = {}) =>
    read('leaderboard', { params: { workflowId }, query: leaderboardQuery(query) }),
  /**
   * Returns a leaderboard as CSV; one request per page of it.
   *
   * @example
   * const csv = await client.workflows.leaderboardAsCsv(workflowId, { includeAll: true });
   */
  leaderboardAsCsv: (workflowId: string, query: LeaderboardQuery = {}) =>
    allAsCsv((cursor) =>
      download('leaderboard', {
        params: { workflowId },
        query: { ...leaderboardQuery(query), format: 'csv', cursor },
      }),
    ),
  /**
   * Lists the versions of a workflow and what changed with each, the newest first: one page.
   *
   * @example
   * const { versions, nextCursor } = await client.workflows.versions(workflowId);
   */
  versions: (workflowId: string, { limit, cursor }: { limit?: number; cursor?: string } = {}) =>
    read('workflows:versions', { params: { workflowId }, query: { limit: limit?.toString(), cursor } }),
  /**
   * Downloads all files of the current post-processing run.
   *
   * @example
   * const response = await whenReady(() => client.workflows.downloadArchive(workflowId));
   */
  downloadArchive: (workflowId: string) => download('workflows:download:archive', { params: { workflowId } }),
  /**
   * Downloads one file of the current post-processing run.
   *
   * @example
   * const response = await client.workflows.downloadFile(workflowId, fileId);
   */
  downloadFile: (workflowId: string, fileId: string) =>
    download('workflows:download:file', { params: { workflowId, fileId } }),
  /**
   * Downloads the RO-Crate of a workflow: its template and its public files.
   *
   * @throws ApiError `download.not-ready` while the server creates it; `whenReady` waits for it
   * @example
   * const response = await whenReady(() => client.workflows.downloadCrate(workflowId));
   */
  downloadCrate: (workflowId: string) => download('workflows:crate', { params: { workflowId } }),
  /**
   * Lists the files that the organiser shares with participants.
   *
   * @example
   * const { files } = await client.workflows.files(workflowId);
   */
  files: (workflowId: string) => read('workflows:files', { params: { workflowId } }),
  /**
   * Downloads one file that the organiser shares with participants.
   *
   * @example
   * const response = await client.workflows.downloadPublicFile(workflowId, files[0].id);
   */
  downloadPublicFile: (workflowId: string, fileId: string) =>
    download('workflows:files:download', { params: { workflowId, fileId } }),
  /**
   * Downloads the starter kit of a workflow.
   *
   * @throws ApiError `download.not-ready` while the server creates it; `whenReady` waits for it
   * @example
   * const response = await whenReady(() => client.workflows.downloadStarterKit(workflowId));
   */
  downloadStarterKit: (workflowId: string) => download('workflows:starter-kit', { params: { workflowId } }),
});

/** Codes of the API and of its gateway for a body that is too large, whatever the limit for the file is. */
const REQUEST_TOO_LARGE: readonly string[] = ['request.too-large', 'http.413'];

const fileMethods = (transport: Transport, { read, send, download } = transport) => ({
  /** Lists the uploads of a group. @example const uploads = await client.files.list(group.id); */
  list: async (userGroupId: string) => {
    return (await read('files:list', { params: { userGroupId } })).files;
  },
  /**
   * Lists the uploads of a group with this content; one request per page of the list.
   *
   * @param sha256 hexadecimal digest of the content
   * @example
   * const [known] = await client.files.withContent(group.id, await digestOf('names.txt'));
   */
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
   * Uploads a file: a small one as a form upload, a larger one as a multipart upload. A file that the server rejects as
   * too large for one request is sent as a multipart upload too.
   *
   * @param content a file on disk from `openUpload`, or a file of a form in a browser
   * @example
   * const file = await client.files.upload(group.id, new Blob(['Alice']), 'names.txt');
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
  /** Downloads an upload. @example const response = await client.files.download(group.id, file.id); */
  download: (userGroupId: string, fileId: string) =>
    download('files:download', { params: { userGroupId, fileId } }),
  /** Deletes an upload. @example await client.files.delete(group.id, file.id); */
  delete: async (userGroupId: string, fileId: string) => {
    await send('files:delete', { params: { userGroupId, fileId } });
  },
});
