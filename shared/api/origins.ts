import type { Config } from '../config.ts';
import { FlowservError } from '../errors.ts';

/**
 * What web pages of other origins may do. A page is told by the header `Origin`, which browsers send with everything
 * but plain reads, and which no page can forge. Pages that are trusted may do whatever their user may; other pages
 * may read what nobody needs to log in for.
 */

/** A request as far as these rules look at it. */
export interface PageRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Settings = Pick<Config, 'api' | 'auth'>;

/** Methods that change nothing. */
export const READ_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Headers that say who asks. */
export const CREDENTIAL_HEADERS: readonly string[] = ['api_key', 'authorization'];

const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** Whether pages of an origin may act as their user: those that the operator allows, and those of the API itself. */
export function isTrustedOrigin({ api }: Settings, origin: string): boolean {
  const isAllowed = (allowed: string) =>
    allowed === '*' || allowed === origin || (allowed === 'loopback' && LOOPBACK_ORIGIN.test(origin));
  return api.origins.some(isAllowed) || origin === api.origin;
}

/** Whether a page that is not trusted may send this: where everybody is a user, nothing is public. */
export const isPublicRead = ({ auth }: Settings, { method, headers }: PageRequest): boolean =>
  auth !== 'open' &&
  READ_METHODS.includes(method) &&
  CREDENTIAL_HEADERS.every((name) => headers[name] === undefined);

/** @throws FlowservError 403 for what the page behind a request may not do */
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
 * Refuses a body that a page sends as text or as a form: browsers ask beforehand whether a page may send JSON, but
 * not whether it may send those (Fetch Standard, "CORS-safelisted request-header").
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
    "a page has to send this with the header 'Content-Type: application/json'",
  );
}
