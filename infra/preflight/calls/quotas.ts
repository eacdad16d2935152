import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Quota } from '../rules/quota.ts';
import type { ClientOptions } from './clients.ts';

/** The value that applies to the account; the default if AWS applied none (Service Quotas, GetServiceQuota). */
export async function readQuota(
  options: ClientOptions,
  { service, code }: Quota,
  signal: AbortSignal,
): Promise<number> {
  const client = new ServiceQuotasClient(options);
  const input = { ServiceCode: service, QuotaCode: code };
  const send = { abortSignal: signal };
  try {
    const { Quota: applied } = await client.send(new GetServiceQuotaCommand(input), send);
    if (applied?.Value !== undefined) return applied.Value;
  } catch (error) {
    if (!(error instanceof NoSuchResourceException)) throw error;
  }
  const { Quota: usual } = await client.send(new GetAWSDefaultServiceQuotaCommand(input), send);
  if (usual?.Value === undefined) throw new Error(`quota ${code} of ${service} has no value`);
  return usual.Value;
}
