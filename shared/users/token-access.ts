/**
 * What an API token may be used for. `read` changes nothing, `submit` acts as a participant without the roles of its
 * user, `organise` may do both, and what the roles permit.
 */
export const tokenAccess = ['read', 'submit', 'organise'] as const;
export type TokenAccess = (typeof tokenAccess)[number];

/** What API tokens begin with, so that scanners find them in published texts. No id and no session token begins so. */
export const TOKEN_PREFIX = 'fsv_';
