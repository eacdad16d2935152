import { SESSION_COOKIE, type SessionCookie } from '../../shared/api/operation-result.ts';
import { isToken } from '../../shared/users/sessions.ts';

/**
 * The access token of a request: header `api_key`, as flowServ's clients send it, or a bearer token. Clients without
 * a token send words such as `null`, which are ignored.
 */
export function tokenOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return [headers.api_key, bearer].find(isToken);
}

/**
 * The access token of a browser that opens a download by itself and sends no header. If page and API share an origin,
 * it sends the cookie of the login.
 */
export function cookieTokenOf(cookies: readonly string[]): string | undefined {
  const own = cookies.find((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`));
  return own?.slice(SESSION_COOKIE.length + 1);
}

/** `Set-Cookie` for a session, or for its end. Scripts cannot read it, and pages of other sites do not send it. */
export function sessionCookie(session: SessionCookie | null): string {
  const { token, maxAge } = session ?? { token: '', maxAge: 0 };
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=Strict`;
}
