import { ContainerError } from '../runner.ts';

/** Messages of engines when a manifest list has no manifest for a platform: two of Docker, one of Podman. */
const OTHER_PLATFORM = /no matching manifest for|does not match the specified platform|no image found in/i;
/** Codes of the registry API (distribution-spec, "Error codes") as engines print them. */
const NOT_FOUND =
  /manifest unknown|name unknown|manifest for .* not found|repository .* not found|404 \(Not Found\)/i;
const DENIED = /denied|unauthorized|authentication required|401 \(Unauthorized\)|403 \(Forbidden\)/i;

/**
 * Describes why an image could not be pulled, with Fargate's wording ("Troubleshooting Amazon ECS CannotPullContainer
 * errors"), which is that of containerd.
 *
 * @param said the engine's message
 */
export function pullError(image: string, platform: string, said: string): ContainerError {
  if (OTHER_PLATFORM.test(said)) return platformError(platform);
  return new ContainerError(
    'CannotPullContainerError',
    `failed to resolve ref ${image}: ${causeOf(image, said)}`,
  );
}

export const platformError = (platform: string): ContainerError =>
  new ContainerError(
    'CannotPullContainerError',
    `image Manifest does not contain descriptor matching platform '${platform}'`,
  );

function causeOf(image: string, said: string): string {
  if (DENIED.test(said)) {
    return `pull access denied, repository does not exist or may require authorization: ${said}`;
  }
  return NOT_FOUND.test(said) ? `${image}: not found` : said;
}
