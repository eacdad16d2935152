/** Settings of the two buckets that the CDK app and the local stack share. */

/** Days after which the parts of an incomplete upload are deleted. */
export const PARTS_DAYS = 1;

/** A browser that follows a redirect to S3 sends `Origin: null`, which only `*` allows. */
export const bucketCors = {
  allowedMethods: ['GET', 'HEAD', 'PUT'],
  allowedOrigins: ['*'],
  allowedHeaders: ['*'],
  /** Response headers that scripts may read: the name of a stored part, and the file name. */
  exposedHeaders: ['ETag', 'Content-Disposition'],
} as const;
