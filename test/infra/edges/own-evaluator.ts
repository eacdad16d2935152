import { applies } from '../../permissions/policy.ts';
import type { Edge } from './edge.ts';
import type { Verdict } from './judge.ts';
import type { Permission } from './policies.ts';

type Request = Omit<Edge, 'name' | 'decision'>;

/**
 * Decides a request within one account by our own reading of IAM (IAM, "Policy evaluation logic"): a denial decides; a
 * role may do what its policy or the resource's allows, a service what the resource's allows; and an endpoint on the
 * path has to allow it too. `test/witnesses/iam.test.ts` compares it with a maintained evaluator.
 */
export function decide(permissions: readonly Permission[], request: Request): Verdict {
  const ofEndpoint = permissions.filter(
    ({ kind, holder }) => kind === 'endpoint' && holder === request.through,
  );
  const verdicts = [
    verdictOf(
      permissions.filter((each) => decidesFor(each, request)),
      request,
    ),
    ...(request.through === undefined ? [] : [verdictOf(ofEndpoint, request)]),
  ];
  const decision = strictness.find((each) => verdicts.some((verdict) => verdict.decision === each));
  const deciding = verdicts.filter((verdict) => verdict.decision === decision);
  return { decision: decision ?? 'not allowed', by: deciding.flatMap(({ by }) => by) };
}

const strictness = ['denied', 'not allowed', 'allowed'] as const;

/** Whether a permission belongs to the request's role or to its resource. */
function decidesFor({ kind, holder, principals }: Permission, { principal, resource }: Request): boolean {
  if (kind === 'endpoint') return false;
  if (kind === 'role') return holder === principal;
  const guards =
    kind === 'trust' ? holder === resource : resource === holder || resource.startsWith(`${holder}/`);
  return (
    guards &&
    (principals === '*' ||
      Object.values(principals).some((names) => names.some((name) => name === '*' || name === principal)))
  );
}

function verdictOf(permissions: readonly Permission[], request: Request): Verdict {
  const applying = permissions.filter(({ statement }) => applies(statement, request));
  const [effect] = applying
    .map(({ statement }) => statement.effect)
    .sort()
    .reverse();
  const deciding = applying.filter(({ statement }) => statement.effect === effect).map(({ sid }) => sid);
  const decision = effect === 'Deny' ? 'denied' : effect === 'Allow' ? 'allowed' : 'not allowed';
  return { decision, by: deciding };
}
