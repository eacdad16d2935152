import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from '../bundle/functions.ts';
import { bundleStagingProgram } from '../bundle/staging-program.ts';
import { holdsStagingProgram, STAGING_PROGRAM_FILE } from './code.ts';

/**
 * A program of its own, since CDK wants its assets at once and esbuild's plugins take their time: bundles the
 * function that is named first into the folder that is named second.
 */
const [name, folder] = process.argv.slice(2);
if (name === undefined || folder === undefined) throw new Error('usage: bundle-function.ts <name> <folder>');

const made = mkdtempSync(join(tmpdir(), 'flowserv-bundle-'));
try {
  await bundleFunctions(made, [name]);
  cpSync(join(made, name), folder, { recursive: true });
} finally {
  rmSync(made, { recursive: true, force: true });
}
if (holdsStagingProgram(name)) {
  const { text } = await bundleStagingProgram();
  writeFileSync(join(folder, STAGING_PROGRAM_FILE), text);
}
