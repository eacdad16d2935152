import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Architecture } from '../architecture.ts';
import { type Config, required } from '../config.ts';
import { normaliseImage } from '../engine/image-reference.ts';
import { isInEcr, pulledImage } from '../engine/image-source.ts';
import { imageFamily, type StepImage, type TaskBuild, taskDefinition } from '../engine/task-definition.ts';
import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';

/** After this time, another caller may take over a registration that is not complete. */
const LEASE_MS = 30_000;
const POLL_MS = 200;
const POLLS = 100;

const registrationSchema = z.object({ arn: z.string().optional(), leaseUntil: z.number() });
const registrationCodec = itemCodec(1, registrationSchema);

/**
 * ARNs by family that this function instance already read from a table; a registered definition never changes. Tests
 * have several tables of the same name in one process.
 */
const knownIn = new WeakMap<Services['table'], Map<string, string>>();
/** The text of the staging program by path, loaded once per instance. */
const programs = new Map<string, Promise<string>>();

/** The image of a step, and its architecture if it differs from the stage's. */
export interface WantedImage extends StepImage {
  readonly architecture?: Architecture | undefined;
  /** Number of steps that the task runs, one after the other; 1 by default. */
  readonly steps?: number;
}

/**
 * Finds the task definition of an image, or registers it under a lock: RegisterTaskDefinition refills at one call per
 * second and rejects concurrent calls for one family (AWS ECS, API request throttling).
 *
 * @returns ARN of the definition
 * @throws FlowservError 400 for an invalid image reference
 */
export async function ensureTaskDefinition(services: Services, image: WantedImage): Promise<string> {
  const { config, table, now } = services;
  checkReachable(config, image);
  // The instances with a GPU have this processor.
  const build = await taskBuild(config, image.gpu ? 'X86_64' : image.architecture);
  const input = { ...build, stage: config.stage, image, steps: image.steps ?? 1 };
  const family = imageFamily(input);
  const known = knownIn.get(table) ?? new Map<string, string>();
  knownIn.set(table, known);
  const seen = known.get(family);
  if (seen) return seen;
  const key = keys.taskDefinition(family);
  for (let poll = 0; poll < POLLS; poll += 1) {
    const stored = registrationCodec.readMaybe(await table.get(key));
    if (stored?.arn) {
      known.set(family, stored.arn);
      return stored.arn;
    }
    const leaseUntil = now().getTime() + LEASE_MS;
    if (await lease(services, key, leaseUntil)) {
      return register(services, key, leaseUntil, taskDefinition(input));
    }
    await sleep(POLL_MS);
  }
  throw new Error(`task definition ${family} is not being registered`);
}

/**
 * Rejects images outside an isolated network. Pulling one would fail only after minutes, with a connection error.
 *
 * @throws FlowservError 400 `image.unreachable`, and `image.invalid`
 */
export function checkReachable(
  { compute }: Pick<Config, 'compute'>,
  { reference, own }: Pick<StepImage, 'reference' | 'own'>,
): void {
  if (compute.network !== 'isolated') return;
  if (isInEcr(pulledImage(normaliseImage(reference), compute.registries, own).image)) return;
  throw invalid(
    'image.unreachable',
    `image '${reference.slice(0, 100)}' cannot be reached here: steps have no access to the internet and pull images from the registry of this installation only; ask its operator for a copy`,
  );
}

/** Registers a definition and stores its ARN; a failure releases the lease immediately. */
async function register(
  { table, taskRegistry }: Services,
  key: Key,
  leaseUntil: number,
  definition: ReturnType<typeof taskDefinition>,
): Promise<string> {
  let arn: string;
  try {
    arn = await taskRegistry.register(definition);
  } catch (error) {
    const own: Condition = { expression: '#leaseUntil = :leaseUntil', values: { leaseUntil } };
    await table.remove(key, own).catch(() => undefined);
    throw error;
  }
  await table.put(registrationCodec.write(key, { arn, leaseUntil: 0 }));
  return arn;
}

/** Takes the lease on a registration, if it is free. */
async function lease({ table, now }: Services, key: Key, leaseUntil: number): Promise<boolean> {
  const free: Condition = {
    expression: 'attribute_not_exists(#pk) OR (attribute_not_exists(#arn) AND #leaseUntil < :now)',
    values: { now: now().getTime() },
  };
  return (await conditionally(table.put(registrationCodec.write(key, { leaseUntil }), free))) !== undefined;
}

async function taskBuild(config: Config, architecture?: Architecture): Promise<TaskBuild> {
  const { executionRoleArn, stagingImage, stagingProgramFile, stagingLogGroup } = config.compute;
  const path = required(stagingProgramFile, 'FLOWSERV_STAGING_PROGRAM');
  const program = programs.get(path) ?? readFile(path, 'utf8');
  programs.set(path, program);
  return {
    architecture: architecture ?? config.compute.architecture,
    stagingImage,
    program: await program,
    registries: config.compute.registries,
    brokerUrl: required(config.brokerUrl, 'FLOWSERV_BROKER_URL'),
    ...(executionRoleArn ? { executionRoleArn } : {}),
    ...(stagingLogGroup ? { log: { group: stagingLogGroup, region: config.region } } : {}),
  };
}
