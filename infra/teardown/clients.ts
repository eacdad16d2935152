import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createResources } from '../account-resources.ts';

/** Account and region; absent options come from AWS's variables and shared files. */
export interface Account {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

export type Clients = ReturnType<typeof createClients>;

/** Maximum number of attempts per call: AWS services throttle many calls in a row. */
const ATTEMPTS = 10;

/** @param pathStyle for an S3 other than AWS's, with one host name for all buckets */
export function createClients({ profile, region }: Account, pathStyle: boolean) {
  const options = {
    maxAttempts: ATTEMPTS,
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  };
  return {
    cloudformation: new CloudFormationClient(options),
    sfn: new SFNClient(options),
    ecs: new ECSClient(options),
    s3: new S3Client({ ...options, forcePathStyle: pathStyle }),
    dynamodb: new DynamoDBClient(options),
    resources: createResources(options),
  };
}
