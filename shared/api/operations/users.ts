import { listUsers, registerUser } from '../../users/accounts.ts';
import { activateByRequest } from '../../users/activation.ts';
import { requestPasswordReset, resetPassword } from '../../users/password-reset.ts';
import { login, logout } from '../../users/sessions.ts';
import { created, ok } from '../answer.ts';
import { loggedIn, operation } from '../operation.ts';
import { userView } from '../views.ts';

/** Users and sessions. */
export const userOperations = [
  operation('users:register', async ({ services, body: { username, password, verify } }) => {
    const user = await registerUser(services, { username, password, verify: isTruthy(verify) });
    return created(userView(user));
  }),

  operation('users:activate', async ({ services, body: { id } }) => {
    return ok(userView(await activateByRequest(services, id)));
  }),

  operation('users:login', async ({ services, body: { username, password } }) => {
    const { user, token } = await login(services, username, password);
    return ok(userView(user, token));
  }),

  operation('users:logout', async ({ services, token }) => {
    return ok(userView(await logout(services, token)));
  }),

  operation('users:whoami', async ({ caller, token }) => ok(userView(loggedIn(caller), token))),

  operation('users:list', async ({ services, query }) => {
    const users = await listUsers(services, query.query);
    return ok({ users: users.map((user) => userView(user)) });
  }),

  operation('users:pwd:request', async ({ services, body: { username } }) => {
    return ok({ requestId: await requestPasswordReset(services, username) });
  }),

  operation('users:pwd:reset', async ({ services, body: { requestId, password } }) => {
    return ok(userView(await resetPassword(services, requestId, password)));
  }),
];

/** Absent counts as true; else what Python takes for true: clients send booleans and texts. */
function isTruthy(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
