import { registerUser } from '../../users/accounts.ts';
import { activateByRequest } from '../../users/activation.ts';
import { deleteAccount } from '../../users/delete-account.ts';
import { requestPasswordReset, resetPassword } from '../../users/password-reset.ts';
import { login, logout, whoIs } from '../../users/sessions.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, ok } from '../operation-result.ts';
import { identityView } from '../token-views.ts';
import { userView } from '../views.ts';

/** Users and sessions. */
export const userOperations = [
  operation('users:register', async ({ services, address, body: { username, password, verify } }) => {
    const registration = { username, password, verify: isTruthy(verify), address };
    const user = await registerUser(services, registration);
    return created(userView(user));
  }),

  operation('users:activate', async ({ services, address, body: { id, password } }) => {
    return ok(userView(await activateByRequest(services, { id, password, address })));
  }),

  operation('users:login', async ({ services, address, body: { username, password } }) => {
    const { user, token } = await login(services, username, password, address);
    const session = { token, maxAge: services.config.tokenTtlSeconds };
    return { ...ok(userView(user, token)), session };
  }),

  operation('users:logout', async ({ services, token }) => {
    return { ...ok(userView(await logout(services, token))), session: null };
  }),

  operation('users:delete', async ({ services, caller, address, body: { password } }) => {
    const user = await deleteAccount(services, loggedIn(caller), password, address);
    return { ...ok(userView(user)), session: null };
  }),

  operation('users:whoami', async ({ services, caller, token }) => {
    return ok(identityView(loggedIn(await whoIs(services, caller, token)), token));
  }),

  operation('users:pwd:request', async ({ services, address, body: { username } }) => {
    return ok({ requestId: await requestPasswordReset(services, username, address) });
  }),

  operation('users:pwd:reset', async ({ services, address, body: { requestId, password } }) => {
    return ok(userView(await resetPassword(services, requestId, password, address)));
  }),
];

/** Absent counts as true; otherwise Python's rules apply, since clients send booleans and texts. */
function isTruthy(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
