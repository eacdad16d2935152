import { resetRequest, session, user, userListing } from '../answers.ts';
import { activateBody, loginBody, passwordRequestBody, passwordResetBody, registerBody } from '../bodies.ts';
import { identity } from '../organiser-answers.ts';
import { userListQuery } from '../queries.ts';
import { created, json, ok, route } from './route.ts';

/** Accounts and sessions. Browsers must not store any of these responses. */
export const userRoutes = [
  route('users:activate', ['POST'], 'users/activate', {
    summary: 'Activate an account that was registered with `verify`',
    action: 'account:enter',
    function: 'auth',
    body: json(activateBody),
    response: ok(user),
  }),
  route('users:list', ['GET'], 'users', {
    summary: 'Active users by name, as far as the caller may see them',
    action: 'users:list',
    function: 'api',
    query: userListQuery,
    response: ok(userListing),
  }),
  route('users:login', ['POST'], 'users/login', {
    summary: 'Log in; the response holds a new access token',
    action: 'account:enter',
    function: 'auth',
    body: json(loginBody),
    response: ok(session),
  }),
  route('users:logout', ['POST'], 'users/logout', {
    summary: 'End the session of the access token',
    action: 'session:end',
    function: 'auth',
    response: ok(user),
  }),
  route('users:pwd:request', ['POST'], 'users/password/request', {
    summary: 'Request a password reset',
    action: 'account:enter',
    function: 'auth',
    body: json(passwordRequestBody),
    response: ok(resetRequest),
  }),
  route('users:pwd:reset', ['POST'], 'users/password/reset', {
    summary: 'Set a new password and end all sessions of the user',
    action: 'account:enter',
    function: 'auth',
    body: json(passwordResetBody),
    response: ok(user),
  }),
  route('users:register', ['POST'], 'users/register', {
    summary: 'Register an account',
    action: 'account:enter',
    function: 'auth',
    body: json(registerBody),
    response: created(user),
  }),
  route('users:whoami', ['GET'], 'users/whoami', {
    summary: 'The user of the access token, and the API token if it is one',
    action: 'session:read',
    function: 'auth',
    response: ok(identity),
  }),
] as const;
