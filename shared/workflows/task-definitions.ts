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

/** A registration that has not been completed after this time may be tried by another. */
const LEASE_MS = 30_000;
const POLL_MS = 200;
const POLLS = 100;

const registrationSchema = z.object({ arn: z.string().optional(), leaseUntil: z.number() });
const registrationCodec = itemCodec(1, registrationSchema);

/** ARNs that this function instance has seen; a registered definition stays as it is. */
const known = new Map<string, string>();
/** The program's text and the client, loaded once per instance and setting. */
const programs = new Map<string, Promise<string>>();

/** The image of a step, and the processor that it is built for where the step does not take the stage's. */
interface WantedImage extends StepImage {
  readonly architecture?: Architecture | undefined;
}

/**
 * The task definition of an image: found, or registered under a lock, since RegisterTaskDefinition refills at
 * one call a second and refuses concurrent calls for one family (AWS ECS, API request throttling).
 *
 * @returns ARN of the definition
 * @throws FlowservError 400 for an unusable image reference
 */
export async function ensureTaskDefinition(services: Services, image: WantedImage): Promise<string> {
  const { config, table, now } = services;
  checkReachable(config, image);
  const build = await taskBuild(config, image.architecture);
  const input = { ...build, stage: config.stage, image };
  const family = imageFamily(input);
  const name = `${config.table}/${family}`;
  const seen = known.get(name);
  if (seen) return seen;
  const key = keys.taskDefinition(family);
  for (let poll = 0; poll < POLLS; poll += 1) {
    const stored = registrationCodec.readMaybe(await table.get(key));
    if (stored?.arn) {
      known.set(name, stored.arn);
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
 * A pull that leads out of a closed network would only end after minutes, with the words of a lost connection.
 *
 * @throws FlowservError 400 `image.unreachable`, and `image.invalid`
 */
export function checkReachable({ compute }: Pick<Config, 'compute'>, { reference, own }: StepImage): void {
  if (compute.network === 'public') return;
  if (isInEcr(pulledImage(normaliseImage(reference), compute.registries, own).image)) return;
  throw invalid(
    'image.unreachable',
    `image '${reference.slice(0, 100)}' cannot be reached here: steps are cut off from the web, and take images from the registry of this installation only; ask its operator for a copy`,
  );
}

/** Registers and notes the ARN; a failure gives the right to register back at once. */
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

/** Takes the right to register, if nobody has it. */
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
