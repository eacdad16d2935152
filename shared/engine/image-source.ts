/** By a prefix of full image references: a registry, a part of one, or one repository. */
interface ByPrefix {
  readonly prefix: string;
}

/** Images below `prefix` are taken from below `target` instead: a mirror, or a cache of the registry. */
export interface ImageSource extends ByPrefix {
  readonly target: string;
}

/** Images below `prefix` need the login that a secret of AWS Secrets Manager holds. */
interface RegistryLogin extends ByPrefix {
  readonly secretArn: string;
}

/** Where the images of a stage come from. */
export interface Registries {
  readonly sources: readonly ImageSource[];
  readonly logins: readonly RegistryLogin[];
}

/** An image as a task definition names it. */
export interface PulledImage {
  readonly image: string;
  readonly repositoryCredentials?: { readonly credentialsParameter: string };
}

/**
 * The image that is pulled for a reference in full (`normaliseImage`).
 *
 * What follows the prefix is kept as it is, and cannot lead out of the target: a full reference has no empty names and
 * no `..`. An image with a login comes from its own registry, since no mirror asks for that login.
 *
 * @param mayLogIn whether the organiser has named the image: a login can read every image of the registry, so that one
 *   whom a participant could point at another image would read it too
 */
export function pulledImage(image: string, { sources, logins }: Registries, mayLogIn: boolean): PulledImage {
  const login = mayLogIn ? longestMatch(image, logins) : undefined;
  if (login) return { image, repositoryCredentials: { credentialsParameter: login.secretArn } };
  const source = longestMatch(image, sources);
  return { image: source ? `${source.target}${image.slice(source.prefix.length)}` : image };
}

function longestMatch<T extends ByPrefix>(image: string, entries: readonly T[]): T | undefined {
  const matches = entries.filter(({ prefix }) => isBelow(image, prefix));
  return matches.toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** A registry is followed by a path; a colon after it would be a port, and so another registry. */
export function isBelow(image: string, prefix: string): boolean {
  if (!image.startsWith(prefix)) return false;
  const next = image[prefix.length];
  return next === '/' || (prefix.includes('/') && (next === ':' || next === '@'));
}

/** Whether an image is in a private registry of ECR, which is all that an isolated network reaches. */
export const isInEcr = (image: string): boolean =>
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//.test(image);
