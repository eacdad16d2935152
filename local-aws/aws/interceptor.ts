/** One request to a local service with a valid signature. */
export interface ServiceCall {
  readonly accessKeyId: string;
  /** Prefix of IAM's actions, e.g. `states`. */
  readonly service: string;
  /** Name in the API reference, e.g. `StartExecution`. */
  readonly operation: string;
  /** The request as the SDK sent it; for a request for an S3 object only `Bucket` and `Key`. */
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Wraps every operation: may record the call, reject it with an AwsError, delay it, or change its output. It must not
 * change the input.
 */
export type Interceptor = (call: ServiceCall, proceed: () => Promise<unknown>) => Promise<unknown>;

/** Runs an operation inside interceptors. The first one is the outermost. */
export function runIntercepted(
  interceptors: readonly Interceptor[],
  call: ServiceCall,
  operation: () => Promise<unknown>,
): Promise<unknown> {
  return interceptors.reduceRight<() => Promise<unknown>>(
    (inner, outer) => () => outer(call, inner),
    operation,
  )();
}
