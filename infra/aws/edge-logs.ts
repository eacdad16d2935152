import { CfnCondition, Fn, Stack } from 'aws-cdk-lib';
import { CfnDistribution, type Distribution } from 'aws-cdk-lib/aws-cloudfront';

/**
 * The regions that are enabled in every account. CloudFront writes standard logs only to buckets in these regions, and
 * rejects a distribution whose log bucket is elsewhere (CloudFront, "Configure standard logging", "Choose an Amazon S3
 * bucket").
 */
const REGIONS_OF_EVERY_ACCOUNT = [
  ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
];

/**
 * Disables the logs of a distribution if its stack is in a region to which CloudFront cannot write them. The region is
 * known only at deployment, and a condition compares ten values at most (CloudFormation, "Condition functions",
 * `Fn::Or`).
 */
export function logWhereCloudFrontCan(distribution: Distribution): void {
  const { region } = Stack.of(distribution);
  const oneOf = (regions: readonly string[]) =>
    Fn.conditionOr(...regions.map((each) => Fn.conditionEquals(region, each)));
  const canLog = new CfnCondition(distribution, 'CanLog', {
    expression: Fn.conditionOr(...REGIONS_OF_EVERY_ACCOUNT.map(oneOf)),
  });
  const resource = distribution.node.defaultChild;
  const config = resource instanceof CfnDistribution ? resource.distributionConfig : undefined;
  if (!(resource instanceof CfnDistribution) || !config || !('logging' in config)) {
    throw new Error('the distribution has no logging configuration');
  }
  const { bucket: Bucket, prefix: Prefix } = Stack.of(distribution).resolve(config.logging);
  const logging = Fn.conditionIf(canLog.logicalId, { Bucket, Prefix }, Fn.ref('AWS::NoValue'));
  resource.distributionConfig = { ...config, logging };
}
