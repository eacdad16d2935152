import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../bundle/functions.ts';
import { bundleStagingProgram } from '../bundle/staging-program.ts';
import { functionNames } from '../functions.ts';
import { holdsStagingProgram, STAGING_PROGRAM_FILE } from './code.ts';

/**
 * A program of its own, since CDK wants its assets at once and esbuild's plugins take their time: bundles every function
 * of a stack into a folder of its own in the folder that is named. All at once, since each start of Node.js and esbuild
 * takes a second.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: bundle-all.ts <folder>');

const names = [...functionNames, 'teardown'];
await bundleFunctions(folder, names);
for (const name of names.filter(holdsStagingProgram)) {
  const { text } = await bundleStagingProgram();
  writeFileSync(join(folder, name, STAGING_PROGRAM_FILE), text);
}
