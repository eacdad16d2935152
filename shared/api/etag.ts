import { createHash } from 'node:crypto';
import { type JsonResult, ok, type Unchanged } from './operation-result.ts';
import { version } from './version.ts';

/** Characters of a digest, of 6 bits each. */
const DIGEST_LENGTH = 27;
/** Ids in an ETag: enough for a list with a few active runs, and less than 1 kB. */
export const MAX_HINTS = 24;
const TAG = new RegExp(String.raw`^"[\w-]{${DIGEST_LENGTH}}((?:\.\w{1,32}){0,${MAX_HINTS}})"$`);
/** Tags of one header that are read. */
const MAX_TAGS = 20;

/**
 * The ETag of a response, from what the response is made of: a request with `If-None-Match` is answered without making
 * it. The caller decides by it that nothing changed, so for one route and one caller these rules hold:
 *
 * - `parts` determine the response. They hold every stored object that it shows and that can change, as `versionOf`
 *   gives it, the parameters of the query, and everything that the clock or the caller's rights decide: if a response
 *   depends on a role, or shows a value only from some time on, that decision is a part. Only what is stored once and
 *   never changes, such as the version of a workflow that a part names, may be left out.
 * - `parts` are read before, or together with, what the response shows. Then a change in between makes the ETag older
 *   than the response, which costs a request; never newer, which would hide the change.
 * - `parts` depend on nothing that the caller must not learn. An ETag that changes tells that something changed, and a
 *   digest of a few possible values can be found by trying them. So what a view hides (the rank in a blind phase, the
 *   number of results of a leaderboard that is not shown) is left out of the parts together with the view. A value of a
 *   run that the caller does not see may be part of `versionOf(run)` if it changes only together with something that the
 *   caller does see: the digest is keyed by the run's `fileSecret`, so it cannot be tried out.
 *
 * A response without such parts gets the digest of its body, by which the same rules hold at the cost of making it.
 *
 * @param hints ids that the response shows, by which the next request reads all it needs at once; at most `MAX_HINTS`
 *   are kept. They are verified, not trusted.
 */
export function tagOf(parts: readonly unknown[], hints: readonly string[] = []): string {
  const kept = hints.length > MAX_HINTS ? [] : hints;
  const text = JSON.stringify([version, kept, ...parts], inOrder);
  return `"${[digestOf(text), ...kept].join('.')}"`;
}

/** The ETag of a response by its body. */
export const tagOfBody = (body: string): string => `"${digestOf(body)}"`;

const digestOf = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, DIGEST_LENGTH);

/** Attributes that no response shows and that change while nothing else does. */
const UNSHOWN = [
  'watchedUntil',
  'remoteUntil',
  'reservations',
  'admitted',
  'vcpusHeld',
  'settled',
  'archived',
  'crateCounted',
  'budget',
] as const;

/**
 * Everything of a stored object that a response may show, as a part of an ETag. New attributes are included, so that a
 * view that begins to show one needs no change here.
 */
export const versionOf = (stored: object | undefined, unshown: readonly string[] = UNSHOWN): unknown =>
  stored && Object.fromEntries(Object.entries(stored).filter(([name]) => !unshown.includes(name)));

/** The same text for equal objects: the table returns attributes in any order. */
const inOrder = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What a header `If-None-Match` asks. */
export interface Asked {
  /** `*`: any response will do, if the request is valid. */
  readonly any: boolean;
  /** Whether it names a tag. Weak comparison: a cache on the way may have marked the tag as weak. */
  readonly knows: (tag: string) => boolean;
  /** Ids in the first tag that has some. Anyone may have written them. */
  readonly hints: readonly string[];
}

export function readAsked(header: string | undefined): Asked {
  const tags = (header ?? '').split(',', MAX_TAGS).map((tag) => tag.trim().replace(/^W\//, ''));
  const hints = tags.map((tag) => TAG.exec(tag)?.[1]?.slice(1) ?? '').find((found) => found !== '');
  return {
    any: header?.trim() === '*',
    knows: (tag) => tags.includes(tag),
    hints: hints?.split('.') ?? [],
  };
}

/**
 * Responds with what `make` returns, unless the client has it. The caller's rights must be decided before.
 *
 * @param tag from `tagOf`
 * @param pollAfter seconds
 */
export async function unlessKnown(
  asked: Asked,
  { tag, pollAfter }: { readonly tag: string; readonly pollAfter: number },
  make: () => Promise<unknown>,
): Promise<JsonResult | Unchanged> {
  if (asked.knows(tag)) return { kind: 'unchanged', etag: tag, pollAfter };
  return { ...ok(await make()), etag: tag, pollAfter };
}
