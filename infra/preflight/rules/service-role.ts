import { fine, hurts, stops, type Verdict } from '../finding.ts';

/** The role by which ECS gives tasks their network (Amazon ECS, "Using service-linked roles"). */
export const ECS_ROLE = 'AWSServiceRoleForECS';

/** ECS creates the role on first use, concurrently with the first cluster, whose creation fails without the role. */
export function judgeServiceRole(exists: boolean, deployed: boolean): Verdict {
  if (exists) return fine(ECS_ROLE);
  const command = 'aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com';
  return deployed
    ? hurts(`The role ${ECS_ROLE} is missing, without which no task starts.`, command)
    : stops('ECS was never used in this account, and the cluster may be created before its role.', command);
}
