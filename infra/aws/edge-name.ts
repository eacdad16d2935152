import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** A name of CloudFront's. They are names of the account, so that the region is part of them. */
export const edgeName = (scope: Construct, { name }: Stage, what: string): string =>
  `flowserv-${name}-${Stack.of(scope).region}-${what}`;
