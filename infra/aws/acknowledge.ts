import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Records why a finding of the AwsSolutions rules stays as it is, for this construct and what is in it. Tests
 * fail on findings without a reason (cdk-nag, "Acknowledging a rule").
 *
 * @param finding the rule without its pack, such as `S1`, or one of its findings: `IAM5[Resource::*]`
 */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}
