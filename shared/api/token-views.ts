import { timestamp } from '../ids.ts';
import type { ListedToken } from '../tokens/tokens.ts';
import type { TokenScope } from '../users/api-token.ts';
import type { Caller } from '../users/sessions.ts';
import { userView } from './views.ts';

/** @param token its text, which only the response that creates it has */
export const apiTokenView = (
  { id, name, access, workflowId, createdAt, expiresAt, lastUsedOn, active }: ListedToken,
  token?: string,
) => ({
  ...scopeView({ tokenId: id, tokenName: name, access, workflowId }),
  createdAt,
  expires: timestamp(new Date(expiresAt)),
  ...(lastUsedOn === undefined ? {} : { lastUsedOn }),
  active,
  ...(token === undefined ? {} : { token }),
});

/** The user of a request, and the API token if it has one. */
export const identityView = (user: NonNullable<Caller>, token: string | undefined) => ({
  ...userView(user, token),
  ...(user.scope ? { apiToken: scopeView(user.scope) } : {}),
});

const scopeView = ({ tokenId, tokenName, access, workflowId }: TokenScope) => ({
  id: tokenId,
  name: tokenName,
  scope: { access, ...(workflowId === undefined ? {} : { workflow: workflowId }) },
});
