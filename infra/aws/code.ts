import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';

/** Name of the staging program beside the function that puts it into task definitions. */
export const STAGING_PROGRAM_FILE = 'staging-program.txt';

export const holdsStagingProgram = (name: string): boolean => name === 'next-step';

const FUNCTIONS = fileURLToPath(new URL('../../functions', import.meta.url));
const BUNDLER = fileURLToPath(new URL('bundle-function.ts', import.meta.url));

/**
 * The code of a function: the same bundle that the local stack runs in isolation. CDK's own `NodejsFunction` makes
 * one file of each function, in which every cold start reads what only few requests need.
 *
 * Bundling happens in this checkout, so that neither Docker nor the network is needed.
 */
export function codeOf(name: string): AssetCode {
  return Code.fromAsset(FUNCTIONS, {
    // The bundle, not the folder, decides whether the code has changed.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK wants one, and never asks for it while bundling in the checkout succeeds or throws.
      image: DockerImage.fromRegistry('unused'),
      // CDK makes one asset for equal folders and options: without the name all functions would get the same code.
      environment: { FUNCTION: name },
      local: { tryBundle: (folder) => bundle(name, folder) },
    },
  });
}

/** @throws Error with what the bundler has said */
function bundle(name: string, folder: string): true {
  const { status, error, stderr } = spawnSync(process.execPath, [BUNDLER, name, folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`function '${name}' could not be bundled: ${stderr}`, { cause: error });
  return true;
}
