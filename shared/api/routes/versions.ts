import { multipartParts, multipartStart } from '../answers.ts';
import { completeMultipartBody, installVersionBody, multipartPartsBody, startSourceBody } from '../bodies.ts';
import { pageQuery } from '../queries.ts';
import { uploadedSource, versionListing, versionState } from '../version-answers.ts';
import { begun, created, json, nothing, ok, route } from './route.ts';

/** The versions of a workflow, and their installation by organisers. */
export const versionRoutes = [
  route('workflows:versions', ['GET'], 'workflows/{workflowId}/versions', {
    summary: 'The versions of a workflow and what changed with each, the newest first',
    action: 'workflow:read',
    function: 'api',
    query: pageQuery,
    response: ok(versionListing),
  }),
  route('versions:create', ['POST'], 'workflows/{workflowId}/versions', {
    summary: 'Install an uploaded zip as the next version of a workflow, or check what it would change',
    action: 'workflow:install',
    function: 'api',
    body: json(installVersionBody),
    response: begun(versionState),
  }),
  route('versions:get', ['GET'], 'workflows/{workflowId}/versions/{version}', {
    summary: 'A version; for organisers also one that is being installed, its problems and what it changes',
    action: 'workflow:read',
    function: 'api',
    response: ok(versionState),
  }),
  route('sources:start', ['POST'], 'workflows/{workflowId}/sources', {
    summary: 'Start the upload of a zip of a source; the response has links for the first parts',
    action: 'workflow:install',
    function: 'api',
    body: json(startSourceBody),
    response: created(multipartStart),
  }),
  route('sources:parts', ['POST'], 'workflows/{workflowId}/sources/{sourceId}/parts', {
    summary: 'Get links for more parts of a zip, and the numbers of the parts that are already stored',
    action: 'workflow:install',
    function: 'api',
    body: json(multipartPartsBody),
    response: ok(multipartParts),
  }),
  route('sources:complete', ['POST'], 'workflows/{workflowId}/sources/{sourceId}/complete', {
    summary: 'Complete the upload of a zip',
    action: 'workflow:install',
    function: 'api',
    body: json(completeMultipartBody),
    response: created(uploadedSource),
  }),
  route('sources:remove', ['DELETE'], 'workflows/{workflowId}/sources/{sourceId}', {
    summary: 'Remove an uploaded zip, or abort its upload',
    action: 'workflow:install',
    function: 'api',
    response: nothing,
  }),
] as const;
