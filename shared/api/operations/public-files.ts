import { starterKitOrder } from '../../archives/starter-kits.ts';
import { zipDownload } from '../../downloads/run-files.ts';
import { unknownObject } from '../../errors.ts';
import { mediaType } from '../../uploads/media-type.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { readOverview } from '../../workflows/overview.ts';
import { publicFiles } from '../../workflows/public-files.ts';
import { readVersion } from '../../workflows/version.ts';
import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { send, sendOnDemand } from './downloads.ts';

/** What an organiser shares with participants. */
export const publicFileOperations = [
  operation('workflows:files', async ({ services, param }) => {
    const { workflow } = await readOverview(services, param('workflowId'));
    const version = await readVersion(services, workflow.id, workflow.version);
    return ok({ files: publicFiles(version), version: version.number });
  }),

  operation('workflows:files:download', async (request) => {
    const { services, param } = request;
    const { workflow } = await readOverview(services, param('workflowId'));
    const version = await readVersion(services, workflow.id, workflow.version);
    const found = publicFiles(version).find(({ id }) => id === param('fileId'));
    if (!found) throw unknownObject('file', param('fileId'));
    const { path, size, sha256 } = found;
    const object = objectKeys.staticFile(workflow.id, version.id, sha256);
    return send(request, { object, size, type: mediaType(path), name: path }, found.id);
  }),

  operation('workflows:starter-kit', async (request) => {
    const { services, param } = request;
    const { workflow, entry } = await readOverview(services, param('workflowId'));
    const order = starterKitOrder(workflow, entry);
    return sendOnDemand(request, zipDownload(order.wanted, 'starter-kit.zip'), order);
  }),
];
