import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { ClientOptions } from './clients.ts';

/** The identity of the caller, with account and region. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

/** @throws Error if credentials or region are missing or invalid */
export async function readCaller(options: ClientOptions, signal: AbortSignal): Promise<Caller> {
  const client = new STSClient(options);
  const region = await client.config.region();
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  if (Account === undefined || Arn === undefined) throw new Error('STS returned no account');
  return { account: Account, arn: Arn, region };
}
