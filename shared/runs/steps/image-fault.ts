import { normaliseImage } from '../../engine/image-reference.ts';
import type { StoppedTask } from '../../engine/next-step-protocol.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { publicText } from '../public-text.ts';
import { reasonsOf } from './ended-task.ts';

/** Characters of an image's name in a sentence; references in use are shorter. */
const MAX_NAME = 200;

const NOT_PULLED = /CannotPull|CannotInspect|CannotCreate|InvalidParameter.*image/i;
const NOT_STARTED = /CannotStart|CannotCreate/i;

/**
 * Faults of an image, by the messages of the container service, which forwards those of containerd on Fargate 1.4, of
 * Docker or of Podman. The end of `Containers[].Reason` may be cut off (255 characters). The first match counts.
 */
const FAULTS: readonly {
  readonly what: RegExp;
  readonly words: RegExp;
  readonly sentence: (image: string) => string;
}[] = [
  {
    // An image without a list of platforms is pulled, but its programs cannot run.
    what: /./,
    words:
      /matching platform|no match for platform|no matching manifest|no image found in|not match the specified platform|cannot be used on this platform|exec format error/i,
    sentence: (image) =>
      `the image ${image} is not built for the processor that the step runs on; build it for both with 'docker buildx build --platform linux/amd64,linux/arm64', or set the other 'architecture' in the step's worker`,
  },
  {
    what: NOT_STARTED,
    words: /exec:? \\?"?\/bin\/s|executable file (?:\S+ )?not found|command that (?:was not found|could)/i,
    sentence: noShell,
  },
  {
    what: NOT_STARTED,
    words: /unable to find user|no matching entries in passwd|no users found/i,
    sentence: (image) =>
      `the image ${image} names a user that does not exist in it; its last USER line must name an existing user or a number`,
  },
  {
    what: NOT_PULLED,
    words:
      /not found|manifest unknown|name unknown|denied|unauthorized|authorization failed|does not exist|no basic auth|403 forbidden|invalid reference|no longer supported|no such image|image not known|image exists/i,
    sentence: (image) =>
      `the image ${image} cannot be pulled; check its name and tag, and that it can be pulled without a login or with a login of this installation`,
  },
];

function noShell(image: string): string {
  return `the image ${image} has no shell at /bin/sh that runs here, which the commands of a step need; use an image with a shell that is built for this processor`;
}

/**
 * Describes what is wrong with the image of a step: the image, how to fix it, and the reason. Undefined when nothing
 * is. Such a fault stays when the step is tried again (Amazon ECS, "Troubleshoot Amazon ECS stopped tasks errors"),
 * unlike a registry that is busy or does not respond.
 */
export function imageFault(
  reference: string,
  task: StoppedTask | undefined,
  status: StepStatus | undefined,
): string | undefined {
  const image = `'${publicText(reference.slice(0, MAX_NAME))}'`;
  if (status?.failure?.code === 'no-shell') return noShell(image);
  const reasons = task ? reasonsOf(task) : '';
  const other = otherImage(reference, reasons);
  if (other !== undefined && NOT_PULLED.test(reasons)) {
    return `the image '${publicText(other)}', which copies the files of every step, cannot be pulled; the operator of this installation must make it available: ${publicText(reasons)}`;
  }
  const fault = FAULTS.find(({ what, words }) => what.test(reasons) && words.test(reasons));
  return fault && `${fault.sentence(image)}: ${publicText(reasons)}`;
}

/** Whose image kept a task from starting, for whatever reason: that of its step, or the one of `stage` and `warden`. */
export function imageAtFault(reference: string, task: StoppedTask | undefined): 'step' | 'stage' | undefined {
  const reasons = task ? reasonsOf(task) : '';
  if (!/Cannot(?:Pull|Inspect|Create|Start)/i.test(reasons)) return undefined;
  return otherImage(reference, reasons) === undefined ? 'step' : 'stage';
}

/**
 * The image that could not be pulled, where it is not the step's: each task has a second one, for `stage` and `warden`.
 * Mirrors and caches keep the end of a name, which is all that is compared.
 */
function otherImage(reference: string, reasons: string): string | undefined {
  const [, named] = /failed to resolve ref(?:erence)? "?([^\s"]{1,255}?)"?:(?:\s|$)/.exec(reasons) ?? [];
  if (named === undefined) return undefined;
  return lastName(named) === lastName(normaliseImage(reference)) ? undefined : named;
}

const lastName = (image: string): string => image.slice(image.lastIndexOf('/') + 1);
