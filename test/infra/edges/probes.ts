import type { Deployed } from '../deployed.ts';
import type { Edge } from './edge.ts';
import type { Permission } from './policies.ts';

type Probe = Omit<Edge, 'decision'>;

/** A value that matches a pattern of IAM; for all streams of a log group, the ARN of one stream. */
const matching = (pattern: string) =>
  pattern.replace(/^(arn:aws:logs:.*:)\*$/, '$1log-stream:0a1b').replaceAll('*', '0a1b');
const notMatching = (value: string) => (value.startsWith('arn:') ? `${value}-other` : `other-${value}`);

/**
 * Requests around each permission of a role: as intended, elsewhere, and with each condition unmet, absent, or met by
 * only some of several values. Two evaluators have to decide all of them in the same way.
 */
export function probes({ account }: Deployed, permissions: readonly Permission[]): Probe[] {
  // A permission for all resources has no counterexample, and other accounts are out of scope.
  const roles = permissions.filter(
    ({ kind, holder, statement }) =>
      kind === 'role' && holder.includes(`:${account}:`) && !statement.resources.includes('*'),
  );
  return roles.flatMap(({ sid, holder, statement: { actions, resources, conditions } }) => {
    const [action = ''] = actions;
    const [pattern = ''] = resources;
    const met = Object.fromEntries(
      conditions.map(({ key, values }) => [key, values.slice(0, 1).map(matching)]),
    );
    const intended: Probe = {
      name: `${sid} as intended`,
      principal: holder,
      action,
      resource: matching(pattern),
      context: met,
    };
    const elsewhere = (resource: string) => ({ ...intended, name: `${sid} on ${resource}`, resource });
    const different = [intended.resource.replace(account, '999999999999'), `${intended.resource}-other`];
    return [
      intended,
      ...different.map(elsewhere),
      ...conditions.flatMap(({ key, values }) => {
        const { [key]: own = [], ...others } = met;
        const unmet = own.map(notMatching);
        const contexts = {
          unmet: { ...others, [key]: unmet },
          absent: others,
          ...(/LeadingKeys/.test(key)
            ? {
                mixed: { ...others, [key]: [...own, ...unmet] },
                both: { ...others, [key]: values.map(matching) },
              }
            : {}),
        };
        return Object.entries(contexts).map(([what, context]) => ({
          ...intended,
          name: `${sid} with ${key} ${what}`,
          context,
        }));
      }),
    ];
  });
}
