import type {
  Credentials,
  createCredentialLookup,
  FaultSettings,
  Interceptor,
  Runner,
  RunningServer,
  ServedHosts,
} from '@flowserv/local-aws';
import type { CallerOf, CallObserver } from './calls.ts';
import type { Principal } from './keys.ts';

export interface CloudOptions {
  readonly dataDir: string;
  /** Address of S3, whose links others follow; everything else is on loopback. */
  readonly host: string;
  /** Host names by which others reach S3. */
  readonly hosts: ServedHosts;
  readonly keys: Readonly<Record<Principal, Credentials>>;
  /** Starts a server on its kept port. */
  readonly start: <T extends RunningServer>(name: string, start: (port: number) => Promise<T>) => Promise<T>;
  readonly onFault: (line: string) => void;
  /** Called for every call of a service, after its response; no-op by default. */
  readonly onCall?: CallObserver | undefined;
  /** Address of a DynamoDB that replaces the local one. */
  readonly dynamodb?: string | undefined;
  /** Folder of the files of the local S3. */
  readonly filesDir: string;
  /** Address of an S3 that replaces the local one. */
  readonly s3?: string | undefined;
  /** Faults that the services inject; none by default. */
  readonly faults?: FaultSettings | undefined;
  /** Runs the containers of tasks. */
  readonly runner: Runner;
}

/** How the services identify and report their callers. */
export interface CallContext {
  readonly credentials: ReturnType<typeof createCredentialLookup>;
  readonly callerOf: CallerOf;
  readonly interceptors: readonly Interceptor[];
}
