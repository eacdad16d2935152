import { isDigest } from '../engine/image-reference.ts';
import type { RunImage } from './run.ts';

/** What is known about a step's image. */
interface StepImage {
  readonly index: number;
  /** Name of the step. */
  readonly name: string;
  readonly image: string;
  readonly imageDigest?: string | undefined;
}

/**
 * Bytes of all entries together as JSON: they are part of the run's item, as are its messages and warnings (400 KB in
 * DynamoDB). The longest run has 200 steps.
 */
const MAX_BYTES = 25_000;

/**
 * The images of a run's steps whose digests the container service reported, up to the size that a run keeps.
 *
 * @param isPrivate whether a step gets private files: participants do not see the image of such a step
 */
export function imagesThatRan(
  records: readonly StepImage[],
  isPrivate: (index: number) => boolean,
): readonly RunImage[] {
  const images: RunImage[] = [];
  let left = MAX_BYTES;
  for (const { index, name, image, imageDigest } of records) {
    if (imageDigest === undefined || !isDigest(imageDigest) || isPrivate(index)) continue;
    const entry = { step: name.toWellFormed(), image: image.toWellFormed(), digest: imageDigest };
    left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (left < 0) break;
    images.push(entry);
  }
  return images;
}
