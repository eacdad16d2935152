/**
 * Types of resources that a deployed stage cannot simply replace, with the properties whose change makes CloudFormation
 * replace them: they contain data or the stage's address, running tasks use them, or their name is taken until the old
 * one is deleted, so the deployment fails. `test/witnesses/cloudformation.test.ts` compares the properties with AWS's
 * schemas.
 */
export const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::CloudFront::Distribution': [],
  'AWS::CloudFront::Function': ['Name'],
  'AWS::CloudFront::ResponseHeadersPolicy': [],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::DynamoDB::GlobalTable': ['TableName'],
  'AWS::EC2::SecurityGroup': ['GroupDescription', 'GroupName', 'VpcId'],
  'AWS::EC2::Subnet': ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::ECR::PullThroughCacheRule': [
    'CredentialArn',
    'EcrRepositoryPrefix',
    'UpstreamRegistry',
    'UpstreamRegistryUrl',
  ],
  'AWS::ECR::RepositoryCreationTemplate': ['Prefix'],
  'AWS::ECS::Cluster': ['ClusterName'],
  'AWS::IAM::ManagedPolicy': ['Description', 'ManagedPolicyName', 'Path'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SQS::Queue': ['QueueName'],
};
