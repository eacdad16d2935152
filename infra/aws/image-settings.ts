import * as z from 'zod';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { isBelow, isInEcr, pulledImage } from '../../shared/engine/image-source.ts';

const PREFIX_RULE = 'must be the full name of a registry or a part of one, such as docker.io/library';

/**
 * The beginning of full image names: a registry, such as `docker.io`, or a part of one, such as `docker.io/library`.
 */
const imagePrefix = z.string().refine(isImagePrefix, { error: PREFIX_RULE });

/** Adds a problem for each key that is not a prefix of images. */
export function checkPrefixes(context: z.core.ParsePayload<Record<string, unknown>>): void {
  for (const prefix of Object.keys(context.value).filter((key) => !isImagePrefix(key))) {
    context.issues.push({ code: 'custom', path: [prefix], message: PREFIX_RULE, input: prefix });
  }
}

function isImagePrefix(text: string): boolean {
  try {
    return normaliseImage(`${text}/a/b`) === `${text}/a/b:latest`;
  } catch {
    return false;
  }
}

/** If the target were a whole ECR registry, every private repository would have a public name. */
export const mirrorPrefix = imagePrefix.refine((text) => !/^\d{12}\.dkr\.ecr\.[^/]*$/.test(text), {
  error:
    'must name a part of an ECR registry, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/mirror',
});

/** The full ARN of a secret, with the six characters that Secrets Manager appends to its name. */
const SECRET = String.raw`^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:`;
const secretArn = z.string().regex(new RegExp(String.raw`${SECRET}[\w/+=.@-]{1,512}-\w{6}$`));
/** ECR reads only secrets with this prefix (Amazon ECR, "Creating a pull through cache rule"). */
const cacheSecretArn = z
  .string()
  .regex(new RegExp(String.raw`${SECRET}ecr-pullthroughcache/[\w/+=.@-]{1,480}-\w{6}$`));

/** Registries that ECR can cache, and whether this requires a login. */
const REGISTRIES = {
  'docker.io': true,
  'ghcr.io': true,
  'registry.gitlab.com': true,
  'public.ecr.aws': false,
  'quay.io': false,
  'registry.k8s.io': false,
} as const;
export type CachedRegistry = keyof typeof REGISTRIES;
export const cachedRegistries = Object.keys(REGISTRIES) as CachedRegistry[];

/** `true`, or the ARN of the secret with the login. */
export const cacheLogin = z.union([z.literal(true), cacheSecretArn]);

/** Adds a problem for each registry that lacks a login or has one that it does not use. */
export function checkLogins(
  context: z.core.ParsePayload<Partial<Record<CachedRegistry, z.output<typeof cacheLogin>>>>,
): void {
  for (const registry of cachedRegistries) {
    const given = context.value[registry];
    if (given === undefined || (given !== true) === REGISTRIES[registry]) continue;
    const message = REGISTRIES[registry]
      ? 'needs the ARN of a secret with a login'
      : 'accepts no login, only true';
    context.issues.push({ code: 'custom', path: [registry], message, input: given });
  }
}

export const registryLogin = z.strictObject({
  secretArn,
  keyArn: z
    .string()
    .regex(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/)
    .optional(),
});

/** Returns the settings that an isolated network makes unusable, each with how to fix it. */
export function unreachable({
  registryLogins,
  imageMirrors,
  imageCaches,
  stagingImage,
}: {
  readonly registryLogins: object;
  readonly imageMirrors: Readonly<Record<string, string>>;
  readonly imageCaches: object;
  readonly stagingImage: string;
}): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  if (Object.keys(registryLogins).length > 0) {
    problems.registryLogins = 'remove it: an isolated stage reaches only ECR';
  }
  const sources = Object.entries(imageMirrors).map(([prefix, target]) => ({ prefix, target }));
  const { image } = pulledImage(normaliseImage(stagingImage), { sources, logins: [] }, false);
  const isCached = Object.keys(imageCaches).some((registry) => isBelow(image, registry));
  if (!isCached && !isInEcr(image)) {
    problems.stagingImage = `an isolated stage reaches only ECR; name an image there, or set 'imageCaches' for ${image}`;
  }
  return problems;
}
