import type { Deployed } from '../deployed.ts';
import type { Edge } from './edge.ts';
import type { Permission } from './policies.ts';

type Probe = Omit<Edge, 'decision'>;

/** A value that matches a pattern of IAM; for all streams of a log group, the ARN of one stream. */
const fitting = (pattern: string) =>
  pattern.replace(/^(arn:aws:logs:.*:)\*$/, '$1log-stream:0a1b').replaceAll('*', '0a1b');
const unfit = (value: string) => (value.startsWith('arn:') ? `${value}-other` : `other-${value}`);

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
      conditions.map(({ key, values }) => [key, values.slice(0, 1).map(fitting)]),
    );
    const meant: Probe = {
      name: `${sid} as meant`,
      principal: holder,
      action,
      resource: fitting(pattern),
      context: met,
    };
    const elsewhere = (resource: string) => ({ ...meant, name: `${sid} on ${resource}`, resource });
    const different = [meant.resource.replace(account, '999999999999'), `${meant.resource}-other`];
    return [
      meant,
      ...different.map(elsewhere),
      ...conditions.flatMap(({ key, values }) => {
        const { [key]: own = [], ...others } = met;
        const unmet = own.map(unfit);
        const contexts = {
          unmet: { ...others, [key]: unmet },
          absent: others,
          ...(/LeadingKeys/.test(key)
            ? {
                mixed: { ...others, [key]: [...own, ...unmet] },
                both: { ...others, [key]: values.map(fitting) },
              }
            : {}),
        };
        return Object.entries(contexts).map(([what, context]) => ({
          ...meant,
          name: `${sid} with ${key} ${what}`,
          context,
        }));
      }),
    ];
  });
}
