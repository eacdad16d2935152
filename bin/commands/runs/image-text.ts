import { oneLine } from '../../terminal/text.ts';

/** Returns the name of a step's image with its digest, once if the name contains it. */
export const imageText = (image: string, digest: string): string =>
  image.endsWith(`@${digest}`) ? oneLine(image) : `${oneLine(image)} (${oneLine(digest)})`;
