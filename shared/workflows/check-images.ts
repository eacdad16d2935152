import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { hasFixedVersion } from '../engine/image-reference.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { warn } from '../template/template-warnings.ts';

/** Warns about images of steps that have no version, each image once. Arguments may choose the others. */
export function warnOfImages({ steps }: SerialWorkflow, location: Location): void {
  const seen = new Set<string>();
  for (const { action, path } of steps) {
    if (!takesWarnings(location)) return;
    const image = action.kind === 'actor' ? null : action.image;
    if (image === null || image.includes('$[[') || seen.has(image)) continue;
    seen.add(image);
    warnOfImage(image, below({ ...location, path }, 'environment'));
  }
}

/** Warns about an image without a version: its content may change between two runs. */
export function warnOfImage(image: string, location: Location): void {
  if (hasFixedVersion(image)) return;
  const why = `the image '${quotedText(image)}' has no version, so that it may change between runs`;
  warn(location, 'image.version', `${why}; add a tag other than 'latest', or a digest`);
}
