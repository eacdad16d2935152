import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** The name of a CloudFront resource. Such names are unique in the account, so they contain the region. */
export const edgeName = (scope: Construct, { name }: Stage, what: string): string =>
  `flowserv-${name}-${Stack.of(scope).region}-${what}`;
