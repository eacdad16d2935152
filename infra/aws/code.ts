import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';

/** File name of the staging program, next to the code of the function that puts it into task definitions. */
export const STAGING_PROGRAM_FILE = 'staging-program.txt';

export const holdsStagingProgram = (name: string): boolean => name === 'next-step' || name === 'install';

const FUNCTIONS = fileURLToPath(new URL('../../functions', import.meta.url));
const BUNDLER = fileURLToPath(new URL('bundle-all.ts', import.meta.url));

/**
 * The code of a function: the same bundle that the local stack runs in isolation. CDK's own `NodejsFunction` makes
 * one file of each function, and every cold start would read code that few requests need.
 *
 * Bundling happens in this checkout, so it needs neither Docker nor the network.
 */
export function codeOf(name: string): AssetCode {
  return Code.fromAsset(FUNCTIONS, {
    // The hash of the bundle, not of the folder, decides whether the code changed.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK requires an image, but does not use it: bundling in the checkout succeeds or throws.
      image: DockerImage.fromRegistry('unused'),
      // CDK makes one asset for equal folders and options: without the name all functions would get the same code.
      environment: { FUNCTION: name },
      local: { tryBundle: (folder) => bundle(name, folder) },
    },
  });
}

/** Where the bundles of this process are, after CDK requested the first. */
let bundles: string | undefined;

/** @throws Error with the output of the bundler */
function bundle(name: string, folder: string): true {
  bundles ??= bundleAll();
  cpSync(join(bundles, name), folder, { recursive: true });
  return true;
}

function bundleAll(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { status, error, stderr } = spawnSync(process.execPath, [BUNDLER, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the functions could not be bundled: ${stderr}`, { cause: error });
  return folder;
}
