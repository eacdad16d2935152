import { invalid } from '../errors.ts';

/** Longest accepted reference; a repository name alone may have 255 characters (OCI distribution specification). */
const MAX_REFERENCE = 400;
const MAX_REPOSITORY = 255;
const DEFAULT_REGISTRY = 'docker.io';

/** One or more names of lower-case letters and digits with single separators (OCI distribution specification). */
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is the digest of an image manifest, as registries and container services write it. */
export const isDigest = (text: string): boolean => DIGEST.test(text);

/**
 * Returns the full reference of a container image: `python` becomes `docker.io/library/python:latest`. References to
 * the same image give the same text. A tag before a digest is removed, since only the digest counts.
 *
 * @throws FlowservError 400 `image.invalid` for anything that is not a reference (Docker's reference grammar)
 */
export function normaliseImage(reference: string): string {
  const refuse = () => invalid('image.invalid', `'${reference.slice(0, 100)}' is not a container image`);
  if (reference.length > MAX_REFERENCE) throw refuse();
  const [beforeDigest = '', digest, ...more] = reference.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) throw refuse();
  const { name, tag } = splitTag(beforeDigest);
  const { registry, path } = splitRegistry(name);
  const valid = REGISTRY.test(registry) && PATH.test(path) && TAG.test(tag ?? 'latest');
  if (!valid || registry.length + path.length >= MAX_REPOSITORY) throw refuse();
  return `${registry}/${path}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`;
}

/** Whether a reference has a digest, or a tag other than `latest`. */
export function hasFixedVersion(reference: string): boolean {
  const { tag } = splitTag(reference);
  return reference.includes('@') || (tag !== undefined && tag !== 'latest');
}

/** A colon after the last slash starts a tag; an earlier colon starts a port. */
function splitTag(text: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  if (colon < 0) return { name: text, tag: undefined };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** The first name is a registry if it looks like a host: it contains a dot or a port, or is `localhost`. */
function splitRegistry(name: string): { readonly registry: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const isHost = /[.:]/.test(first) || first === 'localhost';
  const registry = isHost ? first.toLowerCase() : DEFAULT_REGISTRY;
  const path = isHost ? name.slice(slash + 1) : name;
  if (registry !== DEFAULT_REGISTRY && registry !== 'index.docker.io') return { registry, path };
  return { registry: DEFAULT_REGISTRY, path: path.includes('/') ? path : `library/${path}` };
}
