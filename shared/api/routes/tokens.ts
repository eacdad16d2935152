import { tokenBody } from '../bodies.ts';
import { apiTokenListing, newApiToken } from '../organiser-answers.ts';
import { created, json, nothing, ok, route } from './route.ts';

/** API tokens of users, for programs. */
export const tokenRoutes = [
  route('tokens:create', ['POST'], 'users/tokens', {
    summary: 'Create an API token; the response is the only one that contains it',
    action: 'tokens:manage',
    function: 'auth',
    body: json(tokenBody),
    response: created(newApiToken),
  }),
  route('tokens:list', ['GET'], 'users/tokens', {
    summary: "The caller's API tokens",
    action: 'tokens:manage',
    function: 'auth',
    response: ok(apiTokenListing),
  }),
  route('tokens:revoke', ['DELETE'], 'users/tokens/{tokenId}', {
    summary: 'Revoke an API token',
    action: 'tokens:manage',
    function: 'auth',
    response: nothing,
  }),
] as const;
