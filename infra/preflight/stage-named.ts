import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { readStage, type Stage } from '../aws/stage.ts';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/**
 * Returns the settings of a stage, as `cdk deploy -c stage=<name>` reads them.
 *
 * @throws Error that lists all unusable settings
 */
export function stageNamed(name: string): Stage {
  const text = readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8');
  const context: Record<string, unknown> = { ...cdkJson.parse(JSON.parse(text)).context, stage: name };
  return readStage({ tryGetContext: (key: string) => context[key] });
}
