import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Stage } from './stage.ts';

/**
 * By this secret the functions know what comes from CloudFront. It is made with the stack and stands in no template:
 * CloudFormation looks it up where it is used (CloudFormation, "Dynamic references").
 *
 * @returns the reference to its value
 */
export function createEdgeKey(parent: Construct, stage: Stage): string {
  const scope = new Construct(parent, 'EdgeKey');
  const secret = new Secret(scope, 'Secret', {
    description: `What CloudFront shows to the functions of flowServ ${stage.name}`,
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
  });
  acknowledge(secret, 'SMG4', 'a new key has to reach CloudFront and the functions at once: by a deployment');
  // In a header of CloudFront's and in the environment of `auth`; both show it to who may read the deployment.
  return secret.secretValue.unsafeUnwrap();
}
