import { file, multipartParts, multipartStart } from '../answers.ts';
import { completeMultipartBody, multipartPartsBody, startMultipartBody } from '../bodies.ts';
import { created, json, nothing, ok, route } from './route.ts';

/** Uploads that go straight to S3 in parts: for files that no form takes, and for lines that break off. */
export const multipartUploadRoutes = [
  route('files:direct:start', ['POST'], 'uploads/{userGroupId}/direct', {
    summary: 'Begin an upload in parts; the answer has links for the first parts',
    action: 'group:write',
    function: 'api',
    body: json(startMultipartBody),
    answer: created(multipartStart),
  }),
  route('files:direct:parts', ['POST'], 'uploads/{userGroupId}/direct/{fileId}/parts', {
    summary: 'Links for more parts, and the numbers of those that are stored already',
    action: 'group:write',
    function: 'api',
    body: json(multipartPartsBody),
    answer: ok(multipartParts),
  }),
  route('files:direct:complete', ['POST'], 'uploads/{userGroupId}/direct/{fileId}/complete', {
    summary: 'Make the parts an upload of the group',
    action: 'group:write',
    function: 'api',
    body: json(completeMultipartBody),
    answer: created(file),
  }),
  route('files:direct:abort', ['DELETE'], 'uploads/{userGroupId}/direct/{fileId}', {
    summary: 'Give an upload up that has not been completed',
    action: 'group:write',
    function: 'api',
    answer: nothing,
  }),
] as const;
