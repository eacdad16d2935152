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
import { findWorkflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { begun, ok } from '../operation-result.ts';
import { userView } from '../views.ts';

/** Archives of the submissions of all groups. */
export const submissionOperations = [
  operation('archives:list', async ({ services, authorize, param }) => {
    const { id } = await findWorkflow(services, param('workflowId'));
    await authorize({ workflowId: id });
    return ok({ archives: (await listSubmissions(services, id)).map(archiveView) });
  }),

  operation('archives:create', async ({ services, caller, authorize, param, headers, body }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    await authorize({ workflowId: workflow.id });
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
    const request = await requestSubmissions(services, user, workflow.id, { filter, outputs }, repeatable);
    return begun(archiveView(request));
  }),

  operation('archives:get', async ({ services, authorize, param }) => {
    const { id } = await findWorkflow(services, param('workflowId'));
    await authorize({ workflowId: id });
    const found = await findSubmissions(services, id, param('archiveId'));
    const request = await continueSubmissions(services, found);
    const links = await linksTo(services, request);
    return ok({ ...archiveView(request), files: links });
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
