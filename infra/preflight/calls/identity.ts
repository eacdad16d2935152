import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { ClientOptions } from './clients.ts';

/** Who calls, and where. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

/** @throws Error where there are no credentials, no region, or both are of no use */
export async function readCaller(options: ClientOptions, signal: AbortSignal): Promise<Caller> {
  const client = new STSClient(options);
  const region = await client.config.region();
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  if (Account === undefined || Arn === undefined) throw new Error('STS names no account');
  return { account: Account, arn: Arn, region };
}
