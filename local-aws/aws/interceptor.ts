/** One request to a local service whose signature holds. */
export interface ServiceCall {
  readonly accessKeyId: string;
  /** Prefix of IAM's actions, e.g. `states`. */
  readonly service: string;
  /** Name in the API reference, e.g. `StartExecution`. */
  readonly operation: string;
  /** The request as the SDK sent it; of an object's request only `Bucket` and `Key`. */
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Stands around every operation: may record the call, refuse it with an AwsError, delay it, or change its
 * output. It must not change the input.
 */
export type Interceptor = (call: ServiceCall, proceed: () => Promise<unknown>) => Promise<unknown>;

/** Runs an operation inside interceptors, the first of which is outermost. */
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
