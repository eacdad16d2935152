import { invalid } from '../errors.ts';

const GIB = 1024 ** 3;
/** What the function packs within its 15 minutes, at about 20 MB/s. */
const MAX_GIB = 15;

/**
 * Checks that files can be packed.
 *
 * @throws FlowservError 400 `archive.too-large`
 */
export function checkPackable(files: readonly { readonly size: number }[]): void {
  const gib = files.reduce((sum, { size }) => sum + size, 0) / GIB;
  if (gib <= MAX_GIB) return;
  throw invalid(
    'archive.too-large',
    `the files have ${Math.ceil(gib)} GiB, and an archive at most ${MAX_GIB} GiB; download them one by one`,
  );
}
