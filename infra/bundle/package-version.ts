import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import * as z from 'zod';

const manifest = z.object({ version: z.string() });

/**
 * Leaves nothing but the version of each imported package.json. A JSON module has one default export, so the
 * whole manifest would be bundled for the sake of that one field: ours with the list of all dependencies, and
 * those of the SDK's clients, which tell the version in their user agent.
 */
export const packageVersion: Plugin = {
  name: 'package-version',
  setup(build) {
    build.onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = manifest.parse(JSON.parse(await readFile(path, 'utf8')));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
