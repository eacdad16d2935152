import { file as fileHandle, fileListing } from '../answers.ts';
import { downloadQuery, fileListQuery } from '../queries.ts';
import { created, file, fileForm, nothing, ok, route } from './route.ts';

/** Files that a group's members upload for its runs. */
export const fileRoutes = [
  route('files:list', ['GET'], 'uploads/{userGroupId}/files', {
    summary: 'The uploads of a group in the order of their creation',
    action: 'group:list',
    function: 'api',
    query: fileListQuery,
    response: ok(fileListing),
  }),
  route('files:upload', ['POST'], 'uploads/{userGroupId}/files', {
    summary: 'Upload a file as field `file` of a form',
    action: 'group:write',
    function: 'api',
    body: fileForm,
    response: created(fileHandle),
  }),
  route('files:download', ['GET'], 'uploads/{userGroupId}/files/{fileId}', {
    summary: 'The bytes of an upload',
    action: 'file:read',
    function: 'api',
    query: downloadQuery,
    response: file,
  }),
  route('files:delete', ['DELETE'], 'uploads/{userGroupId}/files/{fileId}', {
    summary: 'Delete an upload',
    action: 'group:write',
    function: 'api',
    response: nothing,
  }),
] as const;
