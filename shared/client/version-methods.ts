import type { ResponseOf } from '../api/routes.ts';
import { sendInParts, type UploadSteps } from './multipart-upload.ts';
import type { Transport } from './transport.ts';

type UploadedSource = ResponseOf<'sources:complete'>;

/** How a version is installed. */
export interface InstallChoice {
  /** True to find out what it would change. */
  readonly dryRun?: boolean | undefined;
  /** Phases whose hidden results the version may show. */
  readonly confirm?: readonly string[] | undefined;
}

/** The methods of the client for versions that organisers install. */
export const versionMethods = (transport: Transport) => {
  const { read, send } = transport;
  const steps = {
    /**
     * Starts the upload of a zip and returns links for its first parts; `uploadSource` performs all steps.
     *
     * @example
     * const { id, partSize, parts } = await client.workflows.startSource(workflowId, { size, sha256 });
     */
    startSource: (workflowId: string, zip: { size: number; sha256: string }) =>
      read('sources:start', { params: { workflowId }, json: zip }),
    /**
     * Returns links to parts of a zip, and the numbers of the parts that are stored.
     *
     * @example
     * const { parts, done } = await client.workflows.sourceParts(workflowId, id, [101, 102]);
     */
    sourceParts: (workflowId: string, sourceId: string, numbers: readonly number[]) =>
      read('sources:parts', { params: { workflowId, sourceId }, json: { numbers } }),
    /**
     * Completes the upload of a zip.
     *
     * @param parts all parts with the ETags of their responses
     * @example
     * await client.workflows.completeSource(workflowId, id, [{ number: 1, etag }]);
     */
    completeSource: (
      workflowId: string,
      sourceId: string,
      parts: readonly { number: number; etag: string }[],
    ) => read('sources:complete', { params: { workflowId, sourceId }, json: { parts } }),
    /** Removes an uploaded zip. @example await client.workflows.removeSource(workflowId, source.id); */
    removeSource: async (workflowId: string, sourceId: string) => {
      await send('sources:remove', { params: { workflowId, sourceId } });
    },
  };
  return {
    ...steps,
    /**
     * Uploads the zip of a source in parts, straight to S3.
     *
     * @param sha256 of the zip, in hexadecimal digits
     * @throws ApiError
     * @example
     * const { id } = await client.workflows.uploadSource(workflowId, content, await digestOf('source.zip'));
     */
    uploadSource: (
      workflowId: string,
      content: Blob,
      sha256: string,
      onProgress?: (bytes: number) => void,
    ): Promise<UploadedSource> => {
      const requests: UploadSteps<UploadedSource> = {
        begin: () => steps.startSource(workflowId, { size: content.size, sha256 }),
        parts: (id, numbers) => steps.sourceParts(workflowId, id, numbers),
        complete: (id, parts) => steps.completeSource(workflowId, id, parts),
        abort: (id) => steps.removeSource(workflowId, id),
      };
      return sendInParts(transport, content, requests, onProgress);
    },
    /**
     * Requests that an uploaded zip becomes the next version of a workflow. The work is done in the background:
     * `findVersion` returns its state.
     *
     * @example
     * const { number } = await client.workflows.installVersion(workflowId, source.id, { dryRun: true });
     */
    installVersion: (workflowId: string, uploadId: string, { dryRun, confirm }: InstallChoice = {}) =>
      read('versions:create', {
        params: { workflowId },
        json: {
          uploadId,
          ...(dryRun === undefined ? {} : { dryRun }),
          ...(confirm === undefined ? {} : { confirm: [...confirm] }),
        },
      }),
    /**
     * Returns a version of a workflow, or the state of its installation.
     *
     * @example
     * const { state, problems } = await client.workflows.findVersion(workflowId, 3);
     */
    findVersion: (workflowId: string, version: number) =>
      read('versions:get', { params: { workflowId, version: String(version) } }),
  };
};
