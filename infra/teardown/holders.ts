import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Resources } from '../account-resources.ts';
import { resourcesOf } from '../existing-stack.ts';

const POLICY = 'AWS::IAM::ManagedPolicy';

/** Properties of a managed policy that list its holders, by the kind in IAM's commands. */
const KINDS = { Roles: 'role', Users: 'user', Groups: 'group' } as const;

/** A user, group or role with a managed policy of the stack. */
export interface Holder {
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  readonly name: string;
  /** ARN of the policy. */
  readonly policy: string;
}

/** Returns the holders of a stack's managed policies. Cloud Control returns a policy together with its holders. */
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

/** Names of roles that IAM Identity Center creates for permission sets; only Identity Center can change them. */
const PERMISSION_SET = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** A line that says how to detach the policy from a holder. */
export function removalOf({ kind, name, policy }: Holder): string {
  const [, set] = (kind === 'role' && PERMISSION_SET.exec(name)) || [];
  if (set !== undefined)
    return `remove ${policy.split('/').at(-1)} from permission set ${set} in IAM Identity Center`;
  return `aws iam detach-${kind}-policy --${kind}-name ${name} --policy-arn ${policy}`;
}
