import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Concurrency } from '../rules/concurrency.ts';
import type { ClientOptions } from './clients.ts';

export async function readConcurrency(options: ClientOptions, signal: AbortSignal): Promise<Concurrency> {
  const { AccountLimit } = await new LambdaClient(options).send(new GetAccountSettingsCommand({}), {
    abortSignal: signal,
  });
  const total = AccountLimit?.ConcurrentExecutions;
  if (total === undefined) throw new Error('Lambda returned no limit of the account');
  return { total, unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? total };
}
