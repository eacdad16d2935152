import { announcementOperations } from '../shared/api/operations/announcements.ts';
import { costOperations } from '../shared/api/operations/costs.ts';
import { downloadOperations } from '../shared/api/operations/downloads.ts';
import { fileOperations } from '../shared/api/operations/files.ts';
import { groupMemberOperations } from '../shared/api/operations/group-members.ts';
import { groupOperations } from '../shared/api/operations/groups.ts';
import { multipartUploadOperations } from '../shared/api/operations/multipart-uploads.ts';
import { organiserOperations } from '../shared/api/operations/organisers.ts';
import { participantOperations } from '../shared/api/operations/participants.ts';
import { postprocOperations } from '../shared/api/operations/postproc.ts';
import { provenanceOperations } from '../shared/api/operations/provenance.ts';
import { publicFileOperations } from '../shared/api/operations/public-files.ts';
import { rescoreOperations } from '../shared/api/operations/rescores.ts';
import { submissionOperations } from '../shared/api/operations/submissions.ts';
import { userListOperations } from '../shared/api/operations/user-list.ts';
import { versionOperations } from '../shared/api/operations/versions.ts';
import { webhookOperations } from '../shared/api/operations/webhooks.ts';
import { wesServiceOperations } from '../shared/api/operations/wes-service.ts';
import { workflowOperations } from '../shared/api/operations/workflows.ts';
import type { Services } from '../shared/services/services.ts';
import { createApiHandler } from './events/api-handler.ts';

/** All routes of the API that need only the table and the files; also handles unknown routes. */
export const createHandler = (services: Services) =>
  createApiHandler(services, [
    ...workflowOperations,
    ...versionOperations,
    ...groupOperations,
    ...groupMemberOperations,
    ...participantOperations,
    ...fileOperations,
    ...multipartUploadOperations,
    ...downloadOperations,
    ...provenanceOperations,
    ...publicFileOperations,
    ...organiserOperations,
    ...announcementOperations,
    ...costOperations,
    ...webhookOperations,
    ...rescoreOperations,
    ...postprocOperations,
    ...submissionOperations,
    ...userListOperations,
    ...wesServiceOperations,
  ]);
