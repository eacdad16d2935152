import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../bundle/functions.ts';
import { bundleStagingProgram } from '../bundle/staging-program.ts';
import { functionNames } from '../functions.ts';
import { holdsStagingProgram, STAGING_PROGRAM_FILE } from './code.ts';

/**
 * Bundles every function of a stack into its own folder below the given folder. It is a separate program because CDK
 * creates its assets synchronously and esbuild's plugins are asynchronous. It bundles all functions in one run, since
 * each start of Node.js and esbuild takes a second.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: bundle-all.ts <folder>');

const names = [...functionNames, 'teardown'];
await bundleFunctions(folder, names);
for (const name of names.filter(holdsStagingProgram)) {
  const { text } = await bundleStagingProgram();
  writeFileSync(join(folder, name, STAGING_PROGRAM_FILE), text);
}
