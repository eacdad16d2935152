/** What the CDK app and the local stack both set on the two buckets. */

/** Days after which the objects that a run needs between its steps are gone. */
export const WORK_DAYS = 7;

/** Days after which the parts of an upload that was never completed are gone. */
export const PARTS_DAYS = 1;

/** A browser that follows a redirect to S3 sends `Origin: null`, which only `*` allows. */
export const bucketCors = {
  allowedMethods: ['GET', 'HEAD', 'PUT'],
  allowedOrigins: ['*'],
  allowedHeaders: ['*'],
  /** What scripts may see: the name of a stored part, and how a file is to be called. */
  exposedHeaders: ['ETag', 'Content-Disposition'],
} as const;
