import type { TestProject } from 'vitest/node';
import { DYNAMODB_LOCAL, dynamoDbLocal } from './dynamodb-local.ts';
import { goPrograms } from './go-programs.ts';
import { VERSITY_GATEWAY } from './versity-gateway.ts';

/** Fetches what the stacks of a project run on, since the hook that starts a stack has not the time for it. */
export default async function setup({ config }: TestProject): Promise<void> {
  await Promise.all([
    config.env[DYNAMODB_LOCAL] ? dynamoDbLocal() : undefined,
    config.env[VERSITY_GATEWAY] ? goPrograms() : undefined,
  ]);
}
