import { file, multipartParts, multipartStart } from '../answers.ts';
import { completeMultipartBody, multipartPartsBody, startMultipartBody } from '../bodies.ts';
import { created, json, nothing, ok, route } from './route.ts';

/** Multipart uploads: for files too large for a form upload, and for unreliable connections. */
export const multipartUploadRoutes = [
  route('files:direct:start', ['POST'], 'uploads/{userGroupId}/direct', {
    summary: 'Start a multipart upload; the response has links for the first parts',
    action: 'group:write',
    function: 'api',
    body: json(startMultipartBody),
    response: created(multipartStart),
  }),
  route('files:direct:parts', ['POST'], 'uploads/{userGroupId}/direct/{fileId}/parts', {
    summary: 'Get links for more parts, and the numbers of the parts that are already stored',
    action: 'group:write',
    function: 'api',
    body: json(multipartPartsBody),
    response: ok(multipartParts),
  }),
  route('files:direct:complete', ['POST'], 'uploads/{userGroupId}/direct/{fileId}/complete', {
    summary: 'Complete a multipart upload: its parts become an upload of the group',
    action: 'group:write',
    function: 'api',
    body: json(completeMultipartBody),
    response: created(file),
  }),
  route('files:direct:abort', ['DELETE'], 'uploads/{userGroupId}/direct/{fileId}', {
    summary: 'Abort a multipart upload that is not completed',
    action: 'group:write',
    function: 'api',
    response: nothing,
  }),
] as const;
