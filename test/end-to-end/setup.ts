import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keptBundles } from '../../infra/local/bundles.ts';
import { BUNDLES } from '../caches.ts';

/** Age after which bundles of other sources are removed, in milliseconds: another test run may use younger ones. */
const OLD_MS = 24 * 60 * 60_000;

/** Bundles the functions for all stacks, unless an earlier test run did. */
export default async function setup(): Promise<void> {
  await keptBundles(BUNDLES, { shared: true });
  for (const name of readdirSync(BUNDLES)) {
    const folder = join(BUNDLES, name);
    if (statSync(folder).mtimeMs < Date.now() - OLD_MS) rmSync(folder, { recursive: true, force: true });
  }
}
