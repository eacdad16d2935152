import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Stage } from './stage.ts';

/**
 * The secret by which the functions recognise requests from CloudFront. It is created with the stack and no template
 * contains it: CloudFormation looks it up where it is used (CloudFormation, "Dynamic references").
 *
 * @returns the reference to its value
 */
export function createEdgeKey(parent: Construct, stage: Stage): string {
  const scope = new Construct(parent, 'EdgeKey');
  const secret = new Secret(scope, 'Secret', {
    description: `What CloudFront shows to the functions of flowServ ${stage.name}`,
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
  });
  acknowledge(
    secret,
    'SMG4',
    'CloudFront and the functions have to get a new key at the same time: by a deployment',
  );
  // It is in a header of CloudFront's origin and in the environment of `auth`; callers who may read the deployment see
  // both.
  return secret.secretValue.unsafeUnwrap();
}
