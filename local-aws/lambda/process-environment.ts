import { dirname } from 'node:path';
import { logStreamName } from './log-stream.ts';

/** A function whose code is a bundle on disk. */
export interface BundledFunction {
  /** Path of the ES module that exports `handler`. */
  readonly file: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The whole environment of a function's process: the function's variables and those that Lambda sets. No variable of
 * this process is passed on.
 * Source: Lambda Developer Guide, "Defined runtime environment variables".
 */
export function processEnvironment(
  name: string,
  definition: BundledFunction,
  region: string,
): Record<string, string> {
  return {
    ...definition.environment,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(),
    AWS_REGION: region,
    LAMBDA_TASK_ROOT: dirname(definition.file),
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    _HANDLER: 'index.handler',
  };
}
