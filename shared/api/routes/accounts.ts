import { user } from '../answers.ts';
import { deleteAccountBody } from '../bodies.ts';
import { accountExport } from '../participant-answers.ts';
import { json, ok, route } from './route.ts';

/** What is stored of a user, and its deletion. */
export const accountRoutes = [
  route('users:export', ['GET'], 'users/export', {
    summary: 'What is stored of the caller; groups and runs have routes of their own',
    action: 'account:export',
    function: 'api',
    response: ok(accountExport),
  }),
  route('users:delete', ['POST'], 'users/delete', {
    summary: "Delete the caller's account, with its sessions, API tokens and password",
    action: 'account:delete',
    function: 'auth',
    body: json(deleteAccountBody),
    response: ok(user),
  }),
] as const;
