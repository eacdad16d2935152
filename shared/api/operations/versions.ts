import { invalid, unknownObject } from '../../errors.ts';
import { createInstallation } from '../../installations/create.ts';
import { type Installation, isOpen, readInstallation } from '../../installations/request.ts';
import {
  completeSource,
  findSource,
  inParts,
  removeSource,
  startSource,
} from '../../installations/sources.ts';
import { firstNumbers, partLinks, storedParts } from '../../uploads/parts.ts';
import { linkExpiry } from '../../volumes/presign.ts';
import { listVersions, readVersionEntry, type VersionEntry } from '../../workflows/versions.ts';
import { findWorkflow, type Workflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import type { VersionState } from '../version-answers.ts';
import { pageOf, userView, versionView } from '../views.ts';
import { type OnWorkflow, ownWorkflow } from './own-workflow.ts';

/** Seconds after which a client asks again for the state of an installation. */
const POLL_SECONDS = 2;
/** Numbers of versions, as they are part of keys. */
const NUMBER = /^[1-9]\d{0,4}$/;

/** The versions of a workflow, and their installation by organisers. */
export const versionOperations = [
  operation('workflows:versions', async ({ services, param, query, mayAlso }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    const isOrganising = await mayAlso('audit:read', { workflowId: workflow.id });
    const versions = await listVersions(services, workflow, query);
    return pageOf('versions', versions, (entry) => versionView(entry, workflow.number, isOrganising));
  }),

  operation('versions:create', async (request) => {
    const { services, caller, body } = request;
    const workflow = await ownWorkflow(request);
    const { uploadId, dryRun = false, confirm = [] } = body;
    const wanted = { sourceId: uploadId, dryRun, confirm };
    const requested = await createInstallation(services, loggedIn(caller), workflow, wanted);
    const json =
      requested.kind === 'request'
        ? installationView(requested.request)
        : installedView(requested.entry, workflow, true);
    return { kind: 'json', status: 202, json, retryAfter: POLL_SECONDS };
  }),

  operation('versions:get', async ({ services, param, mayAlso }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    const text = param('version');
    if (!NUMBER.test(text)) throw unknownObject('version', text);
    const number = Number(text);
    const isOrganiser = await mayAlso('hidden:read', { workflowId: workflow.id });
    const installation = isOrganiser ? await readInstallation(services, workflow.id) : undefined;
    const request = installation?.number === number ? installation : undefined;
    const entry = number <= workflow.number ? await readVersionEntry(services, workflow, number) : undefined;
    if (entry) {
      const own = request?.state === 'installed' && request.versionId === entry.id ? request : undefined;
      return ok({ ...(own ? installationView(own) : {}), ...installedView(entry, workflow, isOrganiser) });
    }
    if (!request) throw unknownObject('version', text);
    const view = ok(installationView(request));
    return isOpen(request) ? { ...view, retryAfter: POLL_SECONDS } : view;
  }),

  operation('sources:start', async (request) => {
    const { services, caller, body } = request;
    const source = await startSource(services, loggedIn(caller), await ownWorkflow(request), body);
    return created({
      id: source.id,
      partSize: source.partSize,
      parts: await partLinks(services, inParts(source), firstNumbers(source)),
      expiresAt: linkExpiry(services.now()),
    });
  }),

  operation('sources:parts', async (request) => {
    const { services, body } = request;
    const file = inParts(await ownSource(request));
    const [parts, done] = await Promise.all([
      partLinks(services, file, body.numbers),
      storedParts(services, file),
    ]);
    return ok({ parts, done });
  }),

  operation('sources:complete', async (request) => {
    const { services, body } = request;
    const { id, size, sha256 } = await completeSource(services, await ownSource(request), body.parts);
    return created({ id, size, sha256 });
  }),

  operation('sources:remove', async (request) => {
    const { services } = request;
    const source = await ownSource(request);
    const installation = await readInstallation(services, source.workflowId);
    if (installation && isOpen(installation) && installation.sourceId === source.id) {
      throw invalid('source.busy', `version ${installation.number} is being installed from this zip`);
    }
    await removeSource(services, source);
    return nothing;
  }),
];

/** @throws FlowservError 404, 403 */
async function ownSource(request: OnWorkflow) {
  const workflow = await ownWorkflow(request);
  return findSource(request.services, workflow.id, request.param('sourceId'));
}

/** An installed version. Who installed it, and from which zip, is for users with a role only. */
function installedView(entry: VersionEntry, workflow: Workflow, isOrganiser: boolean): VersionState {
  const { sha256 } = entry;
  return {
    state: 'installed',
    ...versionView(entry, workflow.number, isOrganiser),
    ...(isOrganiser && sha256 !== undefined ? { sha256 } : {}),
  };
}

/** A request to install a version, for organisers. */
function installationView(request: Installation): VersionState {
  const { number, state, sha256, dryRun, user, createdAt, finishedAt } = request;
  const { problems, warnings, changes, files, groups, isNewLeaderboard, confirm } = request;
  return {
    number,
    state,
    sha256,
    dryRun,
    user: userView(user),
    requestedAt: createdAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...{ problems, warnings, changes, files, groups, isNewLeaderboard, confirm },
  };
}
