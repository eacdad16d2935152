import { applies } from '../../permissions/policy.ts';
import type { Edge } from './edge.ts';
import type { Verdict } from './judge.ts';
import type { Permission } from './policies.ts';

/**
 * Decides a request within one account by our own reading of IAM (IAM, "Policy evaluation logic"): a denial decides; a role may
 * do what its policy or the resource's allows, a service what the resource's allows. `test/witnesses/iam.test.ts` holds it
 * against a maintained evaluator.
 */
export function decide(
  permissions: readonly Permission[],
  request: Omit<Edge, 'name' | 'decision'>,
): Verdict {
  const { principal, resource } = request;
  const about = ({ kind, holder, principals }: Permission) => {
    if (kind === 'role') return holder === principal;
    const guards =
      kind === 'trust' ? holder === resource : resource === holder || resource.startsWith(`${holder}/`);
    return (
      guards &&
      (principals === '*' ||
        Object.values(principals).some((names) => names.some((name) => name === '*' || name === principal)))
    );
  };
  const applying = permissions.filter((each) => about(each) && applies(each.statement, request));
  const [effect] = applying
    .map(({ statement }) => statement.effect)
    .sort()
    .reverse();
  const deciding = applying.filter(({ statement }) => statement.effect === effect).map(({ sid }) => sid);
  const decision = effect === 'Deny' ? 'denied' : effect === 'Allow' ? 'allowed' : 'not allowed';
  return { decision, by: deciding };
}
