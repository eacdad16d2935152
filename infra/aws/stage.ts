import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Node } from 'constructs';
import * as z from 'zod';
import type { GpuInstances } from '../../shared/step-size.ts';
import { stageSettings } from './stage-settings.ts';

/** Base path of the API, as flowServ's clients expect it. */
export const BASE_PATH = '/flowserv/api/v1';

/**
 * The settings file of the deploying team. The repository contains only `stages.example.ts`, so an upgrade by
 * `git pull` does not change it.
 */
const STAGES_FILE = fileURLToPath(new URL('../../stages.ts', import.meta.url));

/** Key of CDK's context that held the settings in older releases. */
const FORMER_KEY = 'flowserv:stages';

/** The only stage whose data may be lost by default. */
const THROWAWAY_STAGE = 'dev';

/** One installation of the product with its settings. */
export type Stage = z.output<typeof stageSettings> & {
  /** Part of all resource names, `[a-z0-9]{1,16}`. */
  readonly name: string;
  readonly production: boolean;
};

const NAME_RULE = '1 to 16 lower-case letters and digits';
const stageName = z.string().regex(/^[a-z0-9]{1,16}$/);
const stagesModule = z.object({ default: z.record(stageName, z.unknown()) });

/**
 * Returns the stage that `-c stage=<name>` selects (default `dev`), with its settings from `stages.ts`. A stage
 * without settings gets the safe defaults.
 *
 * @throws Error that lists all unusable settings, or says where settings have to be moved
 */
export function readStage(node: Pick<Node, 'tryGetContext'>, file = STAGES_FILE): Stage {
  if (node.tryGetContext(FORMER_KEY) !== undefined) {
    throw new Error(
      `'${FORMER_KEY}' in the context of cdk.json is no longer read: copy stages.example.ts to stages.ts, ` +
        'move the settings of each stage there, and delete the key',
    );
  }
  const name = stageName.safeParse(node.tryGetContext('stage') ?? THROWAWAY_STAGE);
  if (!name.success) throw new Error(`unusable stage: ${NAME_RULE}, as -c stage=dev`);
  return stageOf(name.data, stagesIn(file).get(name.data) ?? {});
}

/** @throws Error that lists all unusable settings */
export function stageOf(name: string, given: unknown): Stage {
  const parsed = stageSettings.safeParse(given);
  if (!parsed.success) {
    throw new Error(`unusable settings of stage '${name}': ${problemsOf(parsed.error)}`);
  }
  const { production = name !== THROWAWAY_STAGE, ...settings } = parsed.data;
  return { name, production, ...settings };
}

/** Settings by the names of stages; none without the file. Loaded synchronously, as CDK apps are synchronous. */
function stagesIn(file: string): ReadonlyMap<string, unknown> {
  if (!existsSync(file)) return new Map();
  let loaded: unknown;
  try {
    loaded = createRequire(import.meta.url)(file);
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${error}`, { cause: error });
  }
  const parsed = stagesModule.safeParse(loaded);
  if (parsed.success) return new Map(Object.entries(parsed.data.default));
  throw new Error(
    `${file} must export settings by the names of stages, as stages.example.ts does, and names are ` +
      `${NAME_RULE}: ${problemsOf(parsed.error)}`,
  );
}

const problemsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');

/** The size of steps with a GPU, and the capacity provider of their instances. */
export const gpuOf = ({ name, gpu }: Stage): GpuInstances | undefined =>
  gpu && { provider: `flowserv-${name}-gpu`, cpu: gpu.cpu, memory: gpu.memory, disk: gpu.disk };
