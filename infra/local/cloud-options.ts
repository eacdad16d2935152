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
  /** Where S3 listens, whose links others follow; everything else is on loopback. */
  readonly host: string;
  /** By which names others reach S3. */
  readonly hosts: ServedHosts;
  readonly keys: Readonly<Record<Principal, Credentials>>;
  /** Starts a server on its kept port. */
  readonly start: <T extends RunningServer>(name: string, start: (port: number) => Promise<T>) => Promise<T>;
  readonly onFault: (line: string) => void;
  /** Told of every call of a service, once it is answered; nobody by default. */
  readonly onCall?: CallObserver | undefined;
  /** Address of a DynamoDB that stands in place of the local one. */
  readonly dynamodb?: string | undefined;
  /** Address of an S3 that stands in place of the local one. */
  readonly s3?: string | undefined;
  /** What the services do that AWS may do; nothing by default. */
  readonly faults?: FaultSettings | undefined;
  /** Runs the containers of tasks. */
  readonly runner: Runner;
}

/** How the services know and report who calls them. */
export interface CallContext {
  readonly credentials: ReturnType<typeof createCredentialLookup>;
  readonly callerOf: CallerOf;
  readonly interceptors: readonly Interceptor[];
}
