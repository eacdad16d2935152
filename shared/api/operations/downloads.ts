import { archiveOrderOf, type Order, placeOrder } from '../../archives/order.ts';
import { type Download, type DownloadRequest, type Served, serve } from '../../downloads/download.ts';
import { runArchiveDownload, runFileDownload } from '../../downloads/run-files.ts';
import { notAuthorized, notLoggedIn, unknownObject } from '../../errors.ts';
import { findGroup } from '../../groups/group.ts';
import { findOwner } from '../../runs/owner.ts';
import { findRun, type Run } from '../../runs/run.ts';
import { findUpload } from '../../uploads/upload.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { postprocRunOf, readLeaderboardState } from '../../workflows/leaderboard-state.ts';
import { readVersion } from '../../workflows/version.ts';
import { findEarlierLeaderboard } from '../../workflows/versions.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { chosenPhase } from '../chosen-phase.ts';
import { type ApiRequest, operation } from '../operation.ts';
import { accepted, type OperationResult, ok } from '../operation-result.ts';
import { authorizedRun, requireVisible, type Viewer, viewOf } from '../visible.ts';

/** Retry time for an archive: one of 1 GiB takes half a minute, a small one a second. */
const ARCHIVE_RETRY_SECONDS = 5;
/** Retry time after a first failure, when an archive takes long or fails again. */
const LATER_RETRY_SECONDS = 300;

/** Downloads of all files: uploads, and results of runs and of post-processing. */
export const downloadOperations = [
  operation('files:download', async (request) => {
    const { services, authorize, param } = request;
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const { workflowId, groupId, id, size, type, name } = await findUpload(
      services,
      group.id,
      param('fileId'),
    );
    const object = objectKeys.upload(workflowId, groupId, id);
    return send(request, { object, size, type, name }, id);
  }),

  operation('runs:download:file', async (request) => {
    const { services, param } = request;
    const run = await findRun(services, param('runId'));
    requireVisible((await authorizedRun(request, run)).visible, ['outputs']);
    return send(request, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('runs:download:archive', async (request) => {
    const { services, caller, param, mayAlso } = request;
    const run = await findRun(services, param('runId'));
    const owned = await findOwner(services, run);
    const { visible } = await authorizedRun(request, run, owned);
    requireVisible(visible, ['outputs']);
    if (!visible.outputsOfOthers && !(await mayAlso('run:read', owned.owner))) {
      throw caller ? notAuthorized() : notLoggedIn();
    }
    return sendArchive(request, run, 'run.tar.gz');
  }),

  operation('workflows:download:file', async (request) => {
    const { services, param, query } = request;
    const run = await postprocRun(request, query, param('fileId'));
    return send(request, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('workflows:download:archive', async (request) => {
    const run = await postprocRun(request, request.query, 'no post-processing workflow');
    return sendArchive(request, run, 'results.tar.gz');
  }),
];

/**
 * Returns the post-processing run of a leaderboard.
 *
 * @param leaderboard number of a version that ranks on it, the current one if absent, and its phase
 * @throws FlowservError 404 with the name `wanted` if there is none that the caller may see
 */
async function postprocRun(
  request: Viewer & Pick<ApiRequest<'workflows:download:file'>, 'param'>,
  leaderboard: { readonly version?: number | undefined; readonly phase?: string | undefined },
  wanted: string,
): Promise<Run> {
  const { services, param } = request;
  const workflow = await findWorkflow(services, param('workflowId'));
  const earlier = await findEarlierLeaderboard(services, workflow, leaderboard.version);
  const { contest } = await readVersion(services, workflow.id, (earlier ?? workflow).version);
  const postprocRunId = postprocRunOf(
    earlier ?? (await readLeaderboardState(services, workflow.id)),
    chosenPhase(services, contest, leaderboard.phase),
  );
  if (postprocRunId === undefined) throw unknownObject('file', wanted);
  const run = await findRun(services, postprocRunId);
  const { outputs } = await (await viewOf(request, workflow.id, workflow.version)).ofRun(run);
  if (!outputs) throw unknownObject('file', wanted);
  return run;
}

/** The fields of a download request, whatever object it is for. */
type DownloadCall = Pick<ApiRequest<'files:download'>, 'services' | 'method' | 'headers' | 'query'>;

/** @throws FlowservError 404 with the name `wanted` if the object does not exist */
export async function send(
  request: DownloadCall,
  download: Download,
  wanted: string,
): Promise<OperationResult> {
  const served = await serve(request.services, download, wishOf(request));
  if (!served) throw unknownObject('file', wanted);
  return resultOf(served);
}

/** Sends a run's archive, or a notice that it is being created. @throws FlowservError 404 unless the run succeeded */
const sendArchive = (request: DownloadCall, run: Run, name: string): Promise<OperationResult> =>
  sendOnDemand(request, runArchiveDownload(run, name), archiveOrderOf(run));

/** Sends a file that is created on request, or a notice that it is being created. */
export async function sendOnDemand(
  request: DownloadCall,
  download: Download,
  order: Order,
): Promise<OperationResult> {
  const { services } = request;
  const served = await serve(services, download, wishOf(request));
  if (served) return resultOf(served);
  return (await placeOrder(services, order)) === 'first'
    ? accepted('the file is being created, please try again', ARCHIVE_RETRY_SECONDS)
    : accepted('the archive could not be made so far, please try again later', LATER_RETRY_SECONDS);
}

const resultOf = (served: Served): OperationResult => (served.kind === 'link' ? ok(served.link) : served);

const wishOf = ({ method, headers, query }: DownloadCall): DownloadRequest => ({
  method: method === 'HEAD' ? 'HEAD' : 'GET',
  partly: headers.range !== undefined,
  asLink: query.link === 'json',
});
