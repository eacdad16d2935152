/** A request to each route for versions of a workflow, without effect if it is allowed. */
export function requestsOfVersions(workflowId: string) {
  const ofWorkflow = { params: { workflowId } };
  const ofUnknownSource = { params: { workflowId, sourceId: 'unknown' } };
  return {
    'workflows:versions': async () => ofWorkflow,
    'versions:get': async () => ({ params: { workflowId, version: '1' } }),
    // No zip has this id.
    'versions:create': async () => ({ ...ofWorkflow, body: { uploadId: 'unknown' } }),
    // Rejected as too large.
    'sources:start': async () => ({
      ...ofWorkflow,
      body: { size: Number.MAX_SAFE_INTEGER, sha256: '0'.repeat(64) },
    }),
    'sources:parts': async () => ({ ...ofUnknownSource, body: { numbers: [1] } }),
    'sources:complete': async () => ({ ...ofUnknownSource, body: { parts: [] } }),
    'sources:remove': async () => ofUnknownSource,
  };
}
