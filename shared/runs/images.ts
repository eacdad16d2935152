import { isDigest } from '../engine/image-reference.ts';
import type { RunImage } from './run.ts';

/** What is known of a step's image. */
interface StepImage {
  readonly index: number;
  /** Of the step. */
  readonly name: string;
  readonly image: string;
  readonly imageDigest?: string | undefined;
}

/**
 * Bytes of all entries together as JSON: they are part of the run's item, beside its messages and warnings (400 KB in
 * DynamoDB). The longest run has 200 steps.
 */
const MAX_BYTES = 25_000;

/**
 * The images of a run's steps, as far as the container service has told their digests and as many as a run keeps.
 *
 * @param isPrivate whether a step gets private files: participants read nothing of the image that sees them
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
