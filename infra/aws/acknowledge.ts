import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Records why a finding of the AwsSolutions rules is accepted, for this construct and everything in it. Tests
 * fail on findings without a reason (cdk-nag, "Acknowledging a rule").
 *
 * @param finding the rule without its pack, such as `S1`, or one of its findings: `IAM5[Resource::*]`
 */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}
