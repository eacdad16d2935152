import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestProject } from 'vitest/node';
import { keptBundles } from '../../infra/local/bundles.ts';

/** Builds the functions once for all stacks of the end-to-end tests, and removes the bundles at the end. */
export default async function setup({ config }: TestProject): Promise<() => void> {
  const bundlesDir = config.env.FLOWSERV_BUNDLES_DIR;
  if (!bundlesDir) throw new Error('vitest.config.ts does not set the folder of the bundles');
  await keptBundles(bundlesDir, { shared: true });
  return () => rmSync(dirname(bundlesDir), { recursive: true, force: true });
}
