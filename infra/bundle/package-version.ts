import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import * as z from 'zod';

const manifest = z.object({ version: z.string() });

/**
 * Reduces each imported package.json to its version. A JSON module has one default export, so the
 * whole manifest would be bundled for that one field: ours with the list of all dependencies, and
 * those of the SDK's clients, which send the version in their user agent.
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
