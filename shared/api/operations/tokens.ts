import { invalid, unknownObject } from '../../errors.ts';
import { isIdentifier } from '../../ids.ts';
import { createToken, listTokens, revokeToken } from '../../tokens/tokens.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { apiTokenView } from '../token-views.ts';

/** API tokens of users. */
export const tokenOperations = [
  operation('tokens:create', async ({ services, caller, body: { name, expires, scope } }) => {
    const { access, workflow } = scope;
    const workflowId = workflow ?? undefined;
    if (workflowId !== undefined && !isIdentifier(workflowId)) throw unknownObject('workflow', workflowId);
    const input = { name, access, workflowId, expiresAt: timeOf(expires) };
    const { token, listed } = await createToken(services, loggedIn(caller), input);
    return created(apiTokenView(listed, token));
  }),

  operation('tokens:list', async ({ services, caller }) => {
    const tokens = await listTokens(services, loggedIn(caller));
    return ok({ tokens: tokens.map((token) => apiTokenView(token)) });
  }),

  operation('tokens:revoke', async ({ services, caller, param }) => {
    await revokeToken(services, loggedIn(caller), param('tokenId'));
    return nothing;
  }),
];

/** A day, or a time with its offset from UTC. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

function timeOf(text: string): Date {
  const time = new Date(TIME.test(text) && isDay(text.slice(0, 10)) ? text : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw invalid(
    'token.expiry',
    "'expires' is neither a day nor a time with its offset, as 2027-01-31T12:00Z",
  );
}

/** Whether the calendar has the day: `Date` reads 2027-02-31 as 2027-03-03. */
const isDay = (day: string): boolean => {
  const time = new Date(day);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
};
