import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { createStack } from '../aws/stack.ts';
import type { Stage } from '../aws/stage.ts';
import type { NamedResource } from './wanted-names.ts';

/** What a template requires of the account before it creates anything. */
export interface StageTemplate {
  readonly stackName: string;
  readonly resources: Readonly<Record<string, NamedResource>>;
  /** Parameter of the account in which CDK stores its version, and the lowest version that the template accepts. */
  readonly bootstrap: { readonly parameter: string; readonly version: number };
}

const templateSchema = z.object({
  Parameters: z.object({ BootstrapVersion: z.object({ Default: z.string() }) }),
  Rules: z.object({ CheckBootstrapVersion: z.unknown() }),
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/**
 * Synthesises the stack of a stage, without bundling its functions, which takes minutes, and without applying the
 * rules of cdk-nag, whose engine takes 20 seconds to start. The deployment does both.
 */
export function templateOfStage(stage: Stage): StageTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'flowserv-preflight-'));
  try {
    const { context } = cdkJson.parse(
      JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')),
    );
    const app = new App({
      outdir,
      context: { ...context, 'aws:cdk:bundling-stacks': [] },
      builtinCloudFormationValidation: false,
    });
    const { stackName } = createStack(app, stage);
    const { Parameters, Rules, Resources } = templateSchema.parse(
      app.synth().getStackByName(stackName).template,
    );
    return {
      stackName,
      resources: Resources,
      bootstrap: {
        parameter: Parameters.BootstrapVersion.Default,
        version: leastVersion(Rules.CheckBootstrapVersion),
      },
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** CDK's rule lists the versions that it rejects: `Not Contains [["1", …, "5"], version]`. */
function leastVersion(rule: unknown): number {
  const versions = [...JSON.stringify(rule).matchAll(/"(\d+)"/g)].map(([, digits]) => Number(digits));
  if (versions.length === 0)
    throw new Error('the template does not require a version of the bootstrap stack');
  return Math.max(...versions) + 1;
}
