/** An entry for all images with a prefix: a registry, a part of a registry, or one repository. */
interface ByPrefix {
  readonly prefix: string;
}

/** Images below `prefix` are pulled from below `target` instead: a mirror, or a cache of the registry. */
export interface ImageSource extends ByPrefix {
  readonly target: string;
}

/** Images below `prefix` are pulled with the login in a secret of AWS Secrets Manager. */
interface RegistryLogin extends ByPrefix {
  readonly secretArn: string;
}

/** Sources and logins for the images of a stage. */
export interface Registries {
  readonly sources: readonly ImageSource[];
  readonly logins: readonly RegistryLogin[];
}

/** An image in a task definition. */
export interface PulledImage {
  readonly image: string;
  readonly repositoryCredentials?: { readonly credentialsParameter: string };
}

/**
 * Returns the image to pull for a full reference (`normaliseImage`).
 *
 * The text after the prefix is kept. It cannot leave the target, since a full reference has no empty names and no
 * `..`. An image with a login comes from its own registry, since mirrors do not check that login.
 *
 * @param mayLogIn whether the organiser named the image. A login can read every image of the registry, so a
 *   participant who could choose the image could read all of them.
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

/** A registry is followed by a path. A colon after it would be a port, and so another registry. */
export function isBelow(image: string, prefix: string): boolean {
  if (!image.startsWith(prefix)) return false;
  const next = image[prefix.length];
  return next === '/' || (prefix.includes('/') && (next === ':' || next === '@'));
}

/** Whether an image is in a private registry of ECR, the only registries that an isolated network reaches. */
export const isInEcr = (image: string): boolean =>
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//.test(image);
