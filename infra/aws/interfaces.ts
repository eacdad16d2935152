import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/**
 * CDK's classes as the interfaces that other constructs accept. They implement them, but the compiler disagrees: some
 * of their optional properties may be set to `undefined`, which the interfaces exclude (TypeScript,
 * `exactOptionalPropertyTypes`).
 */
export const asBucket = (bucket: Bucket): IBucket => narrow(bucket, isBucket);
export const asVpc = (vpc: Vpc): IVpc => narrow(vpc, isVpc);

const isBucket = (construct: IConstruct): construct is IBucket => construct instanceof Bucket;
const isVpc = (construct: IConstruct): construct is IVpc => construct instanceof Vpc;

function narrow<T extends IConstruct>(construct: IConstruct, is: (given: IConstruct) => given is T): T {
  if (is(construct)) return construct;
  throw new Error(`'${construct.node.path}' is not of the expected class`);
}
