import {
  continueSubmissions,
  findSubmissions,
  listSubmissions,
  requestSubmissions,
  type SubmissionsRequest,
} from '../../archives/submissions/request.ts';
import { attachment } from '../../downloads/download.ts';
import { timestamp } from '../../ids.ts';
import type { Services } from '../../services/services.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { linkExpiry, MAX_LINK_SECONDS } from '../../volumes/presign.ts';
import { versionIdOf } from '../../workflows/versions.ts';
import { loggedIn, operation } from '../operation.ts';
import { begun, ok } from '../operation-result.ts';
import { userView } from '../views.ts';
import { ownWorkflow } from './own-workflow.ts';

/** Archives of the submissions of all groups. */
export const submissionOperations = [
  operation('archives:list', async (request) => {
    const { services } = request;
    const { id } = await ownWorkflow(request);
    return ok({ archives: (await listSubmissions(services, id)).map(archiveView) });
  }),

  operation('archives:create', async (request) => {
    const { services, caller, headers, body } = request;
    const workflow = await ownWorkflow(request);
    const user = loggedIn(caller);
    const { outputs = false, version: number, since, ...rest } = body;
    const filter = {
      ...rest,
      ...(number === undefined
        ? {}
        : { version: { number, id: await versionIdOf(services, workflow, number) } }),
      ...(since === undefined ? {} : { since: timestamp(new Date(since)) }),
    };
    const repeatable = repeatableRequest(headers['idempotency-key'], ['archive', user.id, workflow.id], body);
    const wanted = { filter, outputs };
    return begun(archiveView(await requestSubmissions(services, user, workflow.id, wanted, repeatable)));
  }),

  operation('archives:get', async (request) => {
    const { services, param } = request;
    const { id } = await ownWorkflow(request);
    const found = await findSubmissions(services, id, param('archiveId'));
    const archive = await continueSubmissions(services, found);
    const links = await linksTo(services, archive);
    return ok({ ...archiveView(archive), files: links });
  }),
];

const archiveView = ({
  id,
  createdAt,
  user,
  filter: { version, ...filter },
  outputs,
  state,
  runs,
  leftOut,
  files,
  expiresAt,
}: SubmissionsRequest) => ({
  ...{ id, createdAt, user: userView(user) },
  filter: { ...filter, ...(version ? { version: version.number } : {}) },
  ...{ outputs, state, runs, leftOut },
  size: files.reduce((sum, { size }) => sum + size, 0),
  expiresAt,
});

/** Links to the files that are made so far. */
const linksTo = ({ objects, now }: Services, { workflowId, id, files }: SubmissionsRequest) =>
  Promise.all(
    files.map(async ({ id: fileId, size, runs }, index) => {
      const name = `submissions-${workflowId}-${String(index + 1).padStart(3, '0')}.zip`;
      const url = await objects.link('work', {
        method: 'GET',
        key: objectKeys.submissionArchive(workflowId, id, fileId),
        expiresIn: MAX_LINK_SECONDS,
        query: {
          'response-content-type': 'application/zip',
          'response-content-disposition': attachment(name),
        },
      });
      return { name, size, runs, url, urlExpiresAt: linkExpiry(now()) };
    }),
  );
