import { applies } from '../../permissions/policy.ts';
import type { Edge } from './edge.ts';
import type { Verdict } from './judge.ts';
import type { Permission } from './policies.ts';

type Request = Omit<Edge, 'name' | 'decision'>;

/**
 * Decides a request within one account by IAM's rules as we understand them (IAM, "Policy evaluation logic"). A denial
 * takes precedence. A role needs a permission in its own policy or in that of the resource, a service in that of the
 * resource. An endpoint on the path has to allow the request as well. `test/witnesses/iam.test.ts` compares these
 * decisions with those of a maintained evaluator.
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
