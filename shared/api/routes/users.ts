import { resetRequest, session, user, userListing } from '../answers.ts';
import { activateBody, loginBody, passwordRequestBody, passwordResetBody, registerBody } from '../bodies.ts';
import { userListQuery } from '../queries.ts';
import { created, json, ok, route } from './route.ts';

/** Accounts and sessions. Browsers must not store any of these responses. */
export const userRoutes = [
  route('users:activate', ['POST'], 'users/activate', {
    summary: 'Activate an account that was registered with `verify`',
    action: 'account:enter',
    function: 'auth',
    body: json(activateBody),
    answer: ok(user),
  }),
  route('users:list', ['GET'], 'users', {
    summary: 'Active users by name',
    action: 'users:list',
    function: 'auth',
    query: userListQuery,
    answer: ok(userListing),
  }),
  route('users:login', ['POST'], 'users/login', {
    summary: 'Log in; the answer holds a new access token',
    action: 'account:enter',
    function: 'auth',
    body: json(loginBody),
    answer: ok(session),
  }),
  route('users:logout', ['POST'], 'users/logout', {
    summary: 'End the session of the access token',
    action: 'session:end',
    function: 'auth',
    answer: ok(user),
  }),
  route('users:pwd:request', ['POST'], 'users/password/request', {
    summary: 'Request a password reset',
    action: 'account:enter',
    function: 'auth',
    body: json(passwordRequestBody),
    answer: ok(resetRequest),
  }),
  route('users:pwd:reset', ['POST'], 'users/password/reset', {
    summary: 'Set a new password and end all sessions of the user',
    action: 'account:enter',
    function: 'auth',
    body: json(passwordResetBody),
    answer: ok(user),
  }),
  route('users:register', ['POST'], 'users/register', {
    summary: 'Register an account',
    action: 'account:enter',
    function: 'auth',
    body: json(registerBody),
    answer: created(user),
  }),
  route('users:whoami', ['GET'], 'users/whoami', {
    summary: 'The user of the access token',
    action: 'session:read',
    function: 'auth',
    answer: ok(session.partial({ token: true })),
  }),
] as const;
