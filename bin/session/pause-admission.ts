import type { Environment } from './location.ts';

/** Which stage, and whose credentials. */
interface Choice {
  readonly stage: string;
  readonly profile?: string;
}

/**
 * Lets no more runs of a deployed stage begin.
 *
 * @param stackId ARN of its stack
 */
export async function pauseAdmission(
  env: Environment,
  { stage, profile }: Choice,
  stackId: string,
  table: string,
): Promise<void> {
  const { createOperator } = await import('./operator.ts');
  const operator = createOperator({
    ...env,
    AWS_REGION: stackId.split(':')[3],
    ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
    FLOWSERV_STAGE: stage,
    FLOWSERV_TABLE: table,
  });
  await operator.pauseStage(true);
}
