import { AwsError, type Integrations, type Interceptor, type S3Event } from '@flowserv/local-aws';
import type { Principal } from './keys.ts';

/** A call of an AWS service inside the stack. */
export interface StackCall {
  /** Owner of the keys that signed it; `machine` for calls of Step Functions with the role of the state machines. */
  readonly caller: Principal | 'machine';
  /** Prefix of IAM's actions, e.g. `dynamodb`. */
  readonly service: string;
  /** Name in the API reference, e.g. `PutItem`. */
  readonly operation: string;
  /** The request; of a request to S3 only `Bucket`, `Key` and, if it has them, `Keys` and `CopySource`. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The code or the HTTP status of an error; undefined for a call that succeeded. */
  readonly error: string | undefined;
  /** Set if it used a link that the caller signed, even if another client sent the request. */
  readonly byLink?: true;
}

export type CallObserver = (call: StackCall) => void;
export type CallerOf = (accessKeyId: string) => Principal | undefined;

/** Reports each signed call to a service with a JSON protocol, after its response. */
export function observing(observe: CallObserver, callerOf: CallerOf): Interceptor {
  return async ({ accessKeyId, ...call }, proceed) => {
    const caller = callerOf(accessKeyId);
    const report = (error: string | undefined) => caller && observe({ caller, ...call, error });
    try {
      const output = await proceed();
      report(undefined);
      return output;
    } catch (error) {
      report(error instanceof AwsError ? error.code : 'InternalServerError');
      throw error;
    }
  };
}

/** Observes the calls of S3 in the same way. */
export function observingS3(observe: CallObserver, callerOf: CallerOf): (event: S3Event) => void {
  return ({ accessKeyId, operation, bucket, key, keys, source, presigned, status }) => {
    const caller = accessKeyId === undefined ? undefined : callerOf(accessKeyId);
    if (!caller || operation === undefined) return;
    const error = status >= 400 ? String(status) : undefined;
    const input = {
      Bucket: bucket,
      Key: key,
      ...(keys ? { Keys: keys } : {}),
      ...(source ? { CopySource: source } : {}),
    };
    observe({ caller, service: 's3', operation, input, error, ...(presigned ? { byLink: true } : {}) });
  };
}

/** Observes the calls of state machines in the same way. */
export function observingIntegrations(observe: CallObserver, inner: Integrations): Integrations {
  const call = async <T>(service: string, operation: string, input: StackCall['input'], made: Promise<T>) => {
    const report = (error: string | undefined) =>
      observe({ caller: 'machine', service, operation, input, error });
    return made.then(
      (result) => {
        report(undefined);
        return result;
      },
      (error: unknown) => {
        report(error instanceof Error ? error.name : 'Error');
        throw error;
      },
    );
  };
  return {
    invokeFunction: (name, payload, signal) =>
      call('lambda', 'InvokeFunction', { FunctionName: name }, inner.invokeFunction(name, payload, signal)),
    startTask: (taskArguments, token) =>
      call('ecs', 'RunTask', { ...Object(taskArguments) }, inner.startTask(taskArguments, token)),
    waitForTask: (taskArn, signal) =>
      call('ecs', 'DescribeTasks', { tasks: [taskArn] }, inner.waitForTask(taskArn, signal)),
    essentialContainers: (taskDefinitionArn) => inner.essentialContainers(taskDefinitionArn),
    stopTask: (taskArn, reason) =>
      call('ecs', 'StopTask', { task: taskArn }, inner.stopTask(taskArn, reason)),
  };
}
