import type { TestProject } from 'vitest/node';
import { DYNAMODB_LOCAL, dynamoDbLocal } from './dynamodb-local.ts';
import { goPrograms } from './go-programs.ts';
import { VERSITY_GATEWAY } from './versity-gateway.ts';

/**
 * Downloads the services of a project's stacks, because this takes longer than the timeout of the hook that starts a
 * stack.
 */
export default async function setup({ config }: TestProject): Promise<void> {
  await Promise.all([
    config.env[DYNAMODB_LOCAL] ? dynamoDbLocal() : undefined,
    config.env[VERSITY_GATEWAY] ? goPrograms() : undefined,
  ]);
}
