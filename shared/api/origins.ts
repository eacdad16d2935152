import type { Config } from '../config.ts';
import { FlowservError } from '../errors.ts';

/**
 * What web pages of other origins may do. The header `Origin` identifies a page: browsers send it with everything
 * except plain reads, and no page can forge it. Trusted pages may do whatever their user may; other pages may read
 * only what does not require a login.
 */

/** The parts of a request that these rules use. */
export interface PageRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Settings = Pick<Config, 'api' | 'auth'>;

/** Methods that change nothing. */
export const READ_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Headers that identify the caller. */
export const CREDENTIAL_HEADERS: readonly string[] = ['api_key', 'authorization'];

const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** Whether pages of an origin may act for their user: origins that the operator allows, and the API's own. */
export function isTrustedOrigin({ api }: Settings, origin: string): boolean {
  const isAllowed = (allowed: string) =>
    allowed === '*' || allowed === origin || (allowed === 'loopback' && LOOPBACK_ORIGIN.test(origin));
  return api.origins.some(isAllowed) || origin === api.origin;
}

/** Whether an untrusted page may send this. Under open authentication every caller is a user, so nothing is public. */
export const isPublicRead = ({ auth }: Settings, { method, headers }: PageRequest): boolean =>
  auth !== 'open' &&
  READ_METHODS.includes(method) &&
  CREDENTIAL_HEADERS.every((name) => headers[name] === undefined);

/** @throws FlowservError 403 if the page that sent the request may not do this */
export function checkOrigin(settings: Settings, request: PageRequest): void {
  const { origin } = request.headers;
  if (origin === undefined || isPublicRead(settings, request)) return;
  if (!isTrustedOrigin(settings, String(origin))) throw foreignOrigin(String(origin));
}

export const foreignOrigin = (origin: string) =>
  new FlowservError(
    'origin.foreign',
    `pages of the origin '${origin.slice(0, 255)}' may not do this; the operator can allow it by FLOWSERV_ALLOWED_ORIGINS`,
  );

/**
 * Rejects a body that a page sends as text or as a form. Browsers ask the server before a page sends JSON, but not
 * before it sends text or a form (Fetch Standard, "CORS-safelisted request-header").
 *
 * @throws FlowservError 415
 */
export function checkJsonType(
  { origin, 'content-type': type = '' }: PageRequest['headers'],
  body: Buffer,
): void {
  if (origin === undefined || body.length === 0) return;
  const [mediaType = ''] = String(type).split(';', 1);
  if (mediaType.trim().toLowerCase() === 'application/json') return;
  throw new FlowservError(
    'request.media-type',
    "a page must send this with the header 'Content-Type: application/json'",
  );
}
