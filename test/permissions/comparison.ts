import type { Exception } from './exceptions.ts';
import { type Caller, callers, type Need, needText } from './need.ts';
import { actionFits, admits, allows, applies, resourceFits, type Statement } from './policy.ts';
import type { Roles } from './synthesised-roles.ts';

/**
 * Compares the permissions of roles with needs.
 *
 * @returns one line for each need that is not allowed, for each unused permission, and for each
 *   exception that covers nothing; none if roles and needs are the same
 */
export function compare(roles: Roles, needs: readonly Need[], exceptions: readonly Exception[]): string[] {
  const missing = needs
    .filter((need) => !allows(roles.get(need.caller) ?? [], need))
    .map((need) => `missing: ${needText(need)}`);
  const unused = callers.flatMap((caller) => {
    const statements = roles.get(caller) ?? [];
    const own = needs.filter((need) => need.caller === caller && allows(statements, need));
    return statements.flatMap((statement) => unusedOf(caller, statement, own));
  });
  const covered = ({ caller, action }: Unused) =>
    exceptions.some((each) => each.callers.includes(caller) && each.actions.includes(action));
  const idle = exceptions.flatMap((exception) =>
    exception.callers.flatMap((caller) =>
      exception.actions
        .filter((action) => !unused.some((each) => each.caller === caller && each.action === action))
        .map((action) => `needless exception: ${caller}: ${action} (${exception.reason})`),
    ),
  );
  const left = unused.filter((each) => !covered(each)).map(({ text }) => `unused: ${text}`);
  return [...new Set([...missing, ...left, ...idle])].sort();
}

interface Unused {
  readonly caller: Caller;
  readonly action: string;
  readonly text: string;
}

/** Actions on resources, and values of conditions that allow several, that none of the needs uses. */
function unusedOf(caller: Caller, statement: Statement, needs: readonly Need[]): Unused[] {
  const { effect, actions, resources, conditions } = statement;
  if (effect === 'Deny') return [];
  const used = needs.filter((need) => applies(statement, need));
  const idle = actions.flatMap((action) =>
    resources
      .filter(
        (resource) =>
          !used.some((need) => actionFits(action, need.action) && resourceFits(resource, need.resource)),
      )
      .map((resource) => ({ caller, action, text: `${caller}: ${action} ${resource}` })),
  );
  if (used.length === 0) return idle;
  const values = conditions.flatMap((condition) =>
    condition.values
      .filter((value) => {
        const single = { ...condition, values: [value] };
        return !used.some(({ context }) => context[condition.key]?.some((given) => admits(single, given)));
      })
      .map((value) => ({
        caller,
        action: actions.join(),
        text: `${caller}: ${actions.join()} if ${condition.key} is ${value}`,
      })),
  );
  return [...idle, ...values];
}
