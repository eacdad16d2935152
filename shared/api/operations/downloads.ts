import { type Download, serve } from '../../downloads/download.ts';
import { runArchiveDownload, runFileDownload } from '../../downloads/run-files.ts';
import { unknownObject } from '../../errors.ts';
import { findGroup } from '../../groups/group.ts';
import { readBoard } from '../../ranking/board.ts';
import { findRun, type Run } from '../../runs/run.ts';
import type { Services } from '../../services.ts';
import { findUpload } from '../../uploads/upload.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import type { Answer } from '../answer.ts';
import { type ApiRequest, operation } from '../operation.ts';

/** The bytes of all files: uploads, results of runs and of post-processing. */
export const downloadOperations = [
  operation('files:download', async (request) => {
    const { services, authorize, param } = request;
    const group = await findGroup(services, param('userGroupId'));
    authorize(group);
    const { workflowId, groupId, id, size, type, name } = await findUpload(
      services,
      group.id,
      param('fileId'),
    );
    const object = objectKeys.upload(workflowId, groupId, id);
    return send(request, { object, size, type, name }, id);
  }),

  operation('runs:download:file', async (request) => {
    const { services, authorize, param } = request;
    const run = await findRun(services, param('runId'));
    authorize(null);
    return send(request, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('runs:download:archive', async (request) => {
    const { services, authorize, param } = request;
    const run = await findRun(services, param('runId'));
    authorize(run.groupId === undefined ? null : await findGroup(services, run.groupId));
    return send(request, runArchiveDownload(run, 'run.tar.gz'), run.id);
  }),

  operation('workflows:download:file', async (request) => {
    const { services, param } = request;
    const run = await postprocRun(services, param('workflowId'), param('fileId'));
    return send(request, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('workflows:download:archive', async (request) => {
    const { services, param } = request;
    const run = await postprocRun(services, param('workflowId'), 'no post-processing workflow');
    return send(request, runArchiveDownload(run, 'results.tar.gz'), run.id);
  }),
];

/** The current post-processing run. @throws FlowservError 404 naming `wanted` when there is none */
async function postprocRun(services: Services, workflowId: string, wanted: string): Promise<Run> {
  const workflow = await findWorkflow(services, workflowId);
  const { postprocRunId } = await readBoard(services, workflow.id);
  if (postprocRunId === undefined) throw unknownObject('file', wanted);
  return findRun(services, postprocRunId);
}

async function send(
  {
    services,
    method,
    headers,
    query,
  }: Pick<ApiRequest<'files:download'>, 'services' | 'method' | 'headers' | 'query'>,
  download: Download,
  wanted: string,
): Promise<Answer> {
  const answer = await serve(services, download, {
    method: method === 'HEAD' ? 'HEAD' : 'GET',
    partly: headers.range !== undefined,
    asLink: query.link === 'json',
  });
  if (!answer) throw unknownObject('file', wanted);
  return answer;
}
