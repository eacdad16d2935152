import { isDigest } from './image-reference.ts';

/** Why a step can never be reused; undefined if it can. */
export function obstacleToReuse({
  image,
  network = false,
  requirements = false,
  volumes = false,
}: {
  readonly image: string;
  readonly network?: boolean | undefined;
  /** Whether it installs packages. */
  readonly requirements?: boolean;
  /** Whether files are copied from or to a storage volume for it. */
  readonly volumes?: boolean;
}): string | undefined {
  if (!isDigest(image.split('@')[1] ?? '')) {
    return "its image has no digest, so another one may have its name later; use '<image>@sha256:…'";
  }
  if (network)
    return 'its worker gives it the network, so that its outputs may depend on more than its inputs';
  if (requirements) return 'it installs packages, which may change; install them in its image';
  if (volumes) return 'it uses a storage volume';
  return undefined;
}
