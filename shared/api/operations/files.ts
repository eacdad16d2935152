import { type Download, serve } from '../../downloads/download.ts';
import { runArchiveDownload, runFileDownload } from '../../downloads/run-files.ts';
import { unknownObject } from '../../errors.ts';
import { findGroup } from '../../groups/group.ts';
import { readBoard } from '../../ranking/board.ts';
import { findRun, type Run } from '../../runs/run.ts';
import type { Services } from '../../services.ts';
import { listUploads, removeUpload, storeUpload } from '../../uploads/store.ts';
import { findUpload } from '../../uploads/upload.ts';
import { authorize } from '../../users/authorize.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { type Answer, created, nothing, ok } from '../answer.ts';
import { operation } from '../operation.ts';
import { uploadView } from '../views.ts';

/** Uploads of groups, and the downloads of all files. */
export const fileOperations = [
  operation('files:upload', async ({ services, caller, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:write', group);
    return created(uploadView(await storeUpload(services, group, body)));
  }),

  operation('files:list', async ({ services, caller, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:list', group);
    return ok({ files: (await listUploads(services, group.id)).map(uploadView) });
  }),

  operation('files:delete', async ({ services, caller, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:write', group);
    await removeUpload(services, await findUpload(services, group.id, param('fileId')));
    return nothing;
  }),

  operation('files:download', async ({ services, caller, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'file:read', group);
    const upload = await findUpload(services, group.id, param('fileId'));
    const object = objectKeys.upload(upload.workflowId, upload.groupId, upload.id);
    return send(services, { object, size: upload.size, type: upload.type, name: upload.name }, upload.id);
  }),

  operation('runs:download:file', async ({ services, caller, param }) => {
    const run = await findRun(services, param('runId'));
    authorize(services.config, caller, 'file:read', null);
    return send(services, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('runs:download:archive', async ({ services, caller, param }) => {
    const run = await findRun(services, param('runId'));
    const owner = run.groupId === undefined ? null : await findGroup(services, run.groupId);
    authorize(services.config, caller, 'archive:read', owner);
    return send(services, runArchiveDownload(run, 'run.tar.gz'), run.id);
  }),

  operation('workflows:download:file', async ({ services, param }) => {
    const run = await postprocRun(services, param('workflowId'), param('fileId'));
    return send(services, await runFileDownload(services, run, param('fileId')), param('fileId'));
  }),

  operation('workflows:download:archive', async ({ services, param }) => {
    const run = await postprocRun(services, param('workflowId'), 'no post-processing workflow');
    return send(services, runArchiveDownload(run, 'results.tar.gz'), run.id);
  }),
];

/** The current post-processing run. @throws FlowservError 404 naming `wanted` when there is none */
async function postprocRun(services: Services, workflowId: string, wanted: string): Promise<Run> {
  const workflow = await findWorkflow(services, workflowId);
  const { postprocRunId } = await readBoard(services, workflow.id);
  if (postprocRunId === undefined) throw unknownObject('file', wanted);
  return findRun(services, postprocRunId);
}

async function send(services: Services, download: Download, wanted: string): Promise<Answer> {
  const answer = await serve(services, download);
  if (!answer) throw unknownObject('file', wanted);
  return answer;
}
