import { publicFileListing } from '../participant-answers.ts';
import { downloadQuery } from '../queries.ts';
import { file, fileOnDemand, ok, route } from './route.ts';

/** What an organiser shares with participants. */
export const publicFileRoutes = [
  route('workflows:files', ['GET'], 'workflows/{workflowId}/files', {
    summary: 'The static files that participants may download (`access: public`), by their paths',
    action: 'workflow:read',
    function: 'api',
    response: ok(publicFileListing),
    conditional: true,
  }),
  route('workflows:files:download', ['GET'], 'workflows/{workflowId}/files/{fileId}', {
    summary: 'One static file that participants may download',
    action: 'workflow:read',
    function: 'api',
    query: downloadQuery,
    response: file,
  }),
  route('workflows:starter-kit', ['GET'], 'workflows/{workflowId}/starter-kit', {
    summary:
      'A zip to start from: instructions, public files and a file of arguments with every parameter explained',
    action: 'workflow:read',
    function: 'api',
    query: downloadQuery,
    response: fileOnDemand,
  }),
] as const;
