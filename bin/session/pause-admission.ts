import type { Environment } from './location.ts';

/** The stage, and the credentials. */
interface Choice {
  readonly stage: string;
  readonly profile?: string;
}

/**
 * Stops admission of runs of a deployed stage.
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
