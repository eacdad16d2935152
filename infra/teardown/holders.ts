import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Resources } from '../account-resources.ts';
import { resourcesOf } from '../existing-stack.ts';

const POLICY = 'AWS::IAM::ManagedPolicy';

/** The properties of a managed policy that name who has it, by what IAM's commands call them. */
const KINDS = { Roles: 'role', Users: 'user', Groups: 'group' } as const;

/** Somebody who has a managed policy of the stack. */
export interface Holder {
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  readonly name: string;
  /** ARN of the policy. */
  readonly policy: string;
}

/** Who has been given a managed policy of a stack. Cloud Control reads a policy with those whom it is attached to. */
export async function findHolders(
  client: CloudFormationClient,
  { find }: Resources,
  stack: string,
): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const { ResourceType, PhysicalResourceId: policy } of await resourcesOf(client, stack)) {
    if (ResourceType !== POLICY || !policy) continue;
    const found = await find(POLICY, policy);
    for (const [property, kind] of Object.entries(KINDS)) {
      const names = found?.[property];
      for (const name of Array.isArray(names) ? names : [])
        holders.push({ kind, name: String(name), policy });
    }
  }
  return holders;
}

/** IAM Identity Center names the roles of its permission sets so, and takes no change of them but by itself. */
const PERMISSION_SET = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** How the policy is taken from somebody, as a line. */
export function removalOf({ kind, name, policy }: Holder): string {
  const [, set] = (kind === 'role' && PERMISSION_SET.exec(name)) || [];
  if (set !== undefined)
    return `take ${policy.split('/').at(-1)} out of permission set ${set} in IAM Identity Center`;
  return `aws iam detach-${kind}-policy --${kind}-name ${name} --policy-arn ${policy}`;
}
