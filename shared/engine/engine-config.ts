import * as z from 'zod';
import { type Architecture, architectures } from '../architecture.ts';
import { isRecord, keyValues, parseAt } from '../documents/schema.ts';
import { FlowservError, invalid } from '../errors.ts';
import { sizeSchemas } from '../size-text.ts';
import { excessesOf, gpuExcessesOf, SIZE_KEYS, type SizeRequest, type StepSizes } from '../step-size.ts';
import { readVolumeFiles, volumeKeys } from './volume-files.ts';
import { DEFAULT_VOLUME } from './volume-index.ts';

/** The type of a step, which decides the types of workers that can run it. */
type StepType = 'container' | 'code' | 'notebook';

/** Settings of a step. */
export interface Worker {
  readonly name: string;
  /** The only type of steps that the worker runs. */
  readonly runs: StepType;
  /** Image of code and notebook steps that name none. */
  readonly image: string | undefined;
  /** Python packages that are installed before a notebook of the worker runs. */
  readonly packages: readonly string[];
  /** Environment variables of the step. */
  readonly env: ReadonlyMap<string, string>;
  /** Fixed text for command variables; overrides arguments. */
  readonly variables: ReadonlyMap<string, string>;
  /** Processor of the step's image; undefined for the processor of the stage. */
  readonly architecture: Architecture | undefined;
  /**
   * Whether a step may use the network on local runners. On Fargate the network of the stage decides, because the
   * containers of a task share one interface.
   */
  readonly network: boolean;
  /** Whether the task of a step runs on spare capacity first, which is cheaper and may be taken back (Fargate Spot). */
  readonly spot: boolean;
  /** Whether a step runs on an instance with a GPU. */
  readonly gpu: boolean;
  /** Id of the storage volume that holds the inputs and outputs of a step too; undefined for none. */
  readonly volume: string | undefined;
  /** Size that the worker requests for the task of a step. */
  readonly size: SizeRequest;
  /** Location in the configuration, for messages. */
  readonly path: string;
}

/**
 * An engine configuration: that of a workflow version, or one that a caller sends. Of the latter, only the sizes that
 * the manifest permits are applied, to the steps of participants (`participant-sizes.ts`).
 */
export interface EngineConfig {
  readonly workers: ReadonlyMap<string, Worker>;
  /** Step name → worker name. */
  readonly byStep: ReadonlyMap<string, string>;
  /** Image → worker name, as flowServ 0.8 selects workers. */
  readonly byImage: ReadonlyMap<string, string>;
  /** Id of a storage volume → its files and, with a final `/`, folders that steps get as their inputs. */
  readonly volumes: ReadonlyMap<string, readonly string[]>;
}

/** Worker of a step without a mapping. `${python}` and `${java}` are the programs on the path of the image. */
export const DEFAULT_WORKER: Worker = {
  name: '__default__',
  runs: 'container',
  image: undefined,
  packages: [],
  env: new Map(),
  variables: new Map([
    ['python', 'python'],
    ['java', 'java'],
  ]),
  architecture: undefined,
  network: false,
  spot: false,
  gpu: false,
  volume: undefined,
  size: {},
  path: '',
};

/** Types of workers, with the steps that they run. Each step is a container task here, whatever its worker. */
const WORKER_TYPES: ReadonlyMap<string, StepType> = new Map([
  ['subprocess', 'container'],
  ['docker', 'container'],
  ['fargate', 'container'],
  ['code', 'code'],
  ['notebook', 'notebook'],
  ['nbdocker', 'notebook'],
  ['nb_docker', 'notebook'],
]);
/** Types whose notebooks need no image with papermill (flowServ engine specification, workers). */
const INSTALLING_TYPES = new Set(['nbdocker', 'nb_docker']);
/** What runs a notebook in Python. */
const NOTEBOOK_PACKAGES = ['papermill', 'ipykernel'];
/** Worker of code and notebook steps without a mapping: Python is the first on the path of the image. */
const DEFAULT_PYTHON: Worker = { ...DEFAULT_WORKER, variables: new Map() };

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Variable names reserved for the staging program and the script of a step. */
const RESERVED = /^(?:FS_|FLOWSERV_ARG_)/;
const MAX_ENTRIES = 1000;

const fault = (message: string, cause?: unknown) => invalid('engine-config.invalid', message, cause);

const list = z.array(z.record(z.string(), z.unknown())).max(MAX_ENTRIES).nullish();
const configSchema = z.object({
  volumes: list,
  workers: list,
  workflow: list,
  /** Whether organisers may install versions whose steps get what only operators give: `mayShare`. */
  trustOrganisers: z.boolean().nullish(),
});
const workerSchema = z.object({ name: z.string().min(1), type: z.string() });
const legacySchema = z.object({ image: z.string().min(1), worker: z.string() });
const architectureSchema = z.enum(architectures).nullish();
const switchSchema = z.boolean().nullish();
const imageSchema = z.string().min(1).max(1024).nullish();
const volumeIdSchema = z.string().min(1).max(64).nullish();
const stepSchema = z.object({ step: z.string(), worker: z.string() });

/** The settings of a worker that `parseWorker` reads. */
const SETTINGS = [
  ...(['env', 'variables', 'vars', 'volume', 'architecture', 'network', 'spot', 'gpu'] as const),
  ...SIZE_KEYS,
];
type WorkerFields = Readonly<Partial<Record<(typeof SETTINGS)[number] | 'image', unknown>>>;

/** The keys that `parseEngineConfig` knows. */
export const configKeys = {
  document: Object.keys(configSchema.shape),
  worker: [...Object.keys(workerSchema.shape), 'image', ...SETTINGS],
  /** Of a worker by image, as in flowServ 0.8: its settings are in `args`, or beside it. */
  imageWorker: [...Object.keys(legacySchema.shape), 'args', ...SETTINGS],
  args: SETTINGS,
  /** The location of a volume (`type`, `args`) is the operator's. */
  volume: [...volumeKeys, 'type', 'args'],
  mapping: Object.keys(stepSchema.shape),
};

/**
 * Reads an engine configuration in all its spellings: `variables` or `vars`; key and value lists or mappings; workers
 * by name and step, or by image as in flowServ 0.8. The location of a volume (`type`, `args`) has no effect: volumes are
 * the operator's.
 *
 * @param value The effective configuration; null or undefined means empty.
 * @throws FlowservError 400 `engine-config.invalid`, or 404 if a step is mapped to an unknown worker.
 */
export function parseEngineConfig(value: unknown): EngineConfig {
  const document = parseAt(configSchema, value ?? {}, 'engine configuration', fault);
  const workers = new Map<string, Worker>();
  const byImage = new Map<string, string>();
  for (const [index, entry] of (document.workers ?? []).entries()) {
    const path = `workers[${index}]`;
    if (entry.name === undefined && entry.image !== undefined) {
      const { image, worker } = parseAt(legacySchema, entry, path, fault);
      const name = `image ${image}`;
      const args = isRecord(entry.args) ? entry.args : entry;
      workers.set(name, parseWorker(name, worker, args, path));
      byImage.set(image, name);
    } else {
      const { name, type } = parseAt(workerSchema, entry, path, fault);
      workers.set(name, parseWorker(name, type, entry, path));
    }
  }
  const byStep = new Map<string, string>();
  for (const [index, entry] of (document.workflow ?? []).entries()) {
    const { step, worker } = parseAt(stepSchema, entry, `workflow[${index}]`, fault);
    if (!workers.has(worker)) {
      throw new FlowservError(
        'object.unknown',
        `workflow[${index}].worker: unknown worker '${worker.slice(0, 100)}'`,
      );
    }
    byStep.set(step, worker);
  }
  return { workers, byStep, byImage, volumes: readVolumeFiles(document.volumes ?? []) };
}

/**
 * Returns the worker of a step: by step name, else for a container step by image, else the default worker.
 *
 * @param image of the step; null if it names none, and if a participant chooses the image, so that the choice cannot
 *   select a worker.
 * @throws FlowservError 400 if the step is mapped to a worker for another step type.
 */
export function workerOf(
  config: EngineConfig,
  step: string,
  image: string | null,
  type: StepType = 'container',
): Worker {
  const byImage = type === 'container' && image !== null ? config.byImage.get(image) : undefined;
  const worker = mappedWorker(config, step) ?? config.workers.get(byImage ?? '');
  if (worker === undefined) return type === 'container' ? DEFAULT_WORKER : { ...DEFAULT_PYTHON, runs: type };
  if (worker.runs !== type) {
    throw invalid('engine-config.worker-type', `worker '${worker.name}' cannot run ${type} step '${step}'`);
  }
  return worker;
}

/** Returns the worker to which the configuration maps a step by name, whatever type of step it runs. */
export const mappedWorker = ({ workers, byStep }: EngineConfig, step: string): Worker | undefined =>
  workers.get(byStep.get(step) ?? '');

/**
 * Checks the name of an environment variable that the step's script exports.
 *
 * @throws FlowservError 400 `engine-config.env`.
 */
export function checkEnvName(name: string, path: string): void {
  if (!IDENTIFIER.test(name) || RESERVED.test(name)) {
    throw invalid('engine-config.env', `${path}: '${name}' cannot be the name of an environment variable`);
  }
}

function parseWorker(name: string, type: string, fields: WorkerFields, path: string): Worker {
  const runs = WORKER_TYPES.get(type);
  if (runs === undefined) {
    throw invalid('engine-config.worker-type', `${path}.type: invalid value '${type}' for worker type`);
  }
  const env = texts(fields.env, `${path}.env`);
  for (const variable of env.keys()) {
    checkEnvName(variable, `${path}.env`);
  }
  const [spot, gpu] = [readSwitch(fields, 'spot', path), readSwitch(fields, 'gpu', path)];
  if (spot && gpu) throw fault(`${path}.spot: a step with a GPU does not run on spare capacity; remove it`);
  const architecture = parseAt(architectureSchema, fields.architecture, `${path}.architecture`, fault);
  if (gpu && architecture === 'ARM64') {
    throw fault(`${path}.architecture: a step with a GPU runs on X86_64; remove it`);
  }
  return {
    name,
    runs,
    image: parseAt(imageSchema, fields.image, `${path}.image`, fault) ?? undefined,
    packages: INSTALLING_TYPES.has(type) ? NOTEBOOK_PACKAGES : [],
    env,
    variables: texts(fields.variables ?? fields.vars, `${path}.variables`),
    architecture: architecture ?? undefined,
    network: readSwitch(fields, 'network', path),
    spot,
    gpu,
    volume: volumeOf(fields, path),
    size: parseSize(fields, path),
    path,
  };
}

/** The default volume holds the files of each run, so that a worker need not name it. */
function volumeOf(fields: WorkerFields, path: string): string | undefined {
  const id = parseAt(volumeIdSchema, fields.volume, `${path}.volume`, fault) ?? undefined;
  return id === DEFAULT_VOLUME ? undefined : id;
}

const readSwitch = (fields: WorkerFields, key: 'network' | 'spot' | 'gpu', path: string): boolean =>
  parseAt(switchSchema, fields[key], `${path}.${key}`, fault) ?? false;

/** Reads the sizes that a worker requests; their maxima depend on the deployment. */
function parseSize(fields: WorkerFields, path: string): SizeRequest {
  const entries = SIZE_KEYS.flatMap((key) => {
    const value = parseAt(sizeSchemas[key].nullish(), fields[key], `${path}.${key}`, fault);
    return value === undefined || value === null ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * Checks the workers of an organiser against the maxima of a deployment.
 *
 * @throws FlowservError 400 `engine-config.size` that names each value that the deployment does not permit
 */
export function checkSizes(workers: Iterable<Worker>, sizes: StepSizes): void {
  const problems = [...workers].flatMap(({ size, gpu, path }) =>
    (gpu ? gpuExcessesOf(size, sizes) : excessesOf(size, sizes)).map(
      ({ key, message }) => `${path}.${key}: ${message}`,
    ),
  );
  if (problems.length > 0) throw invalid('engine-config.size', problems.join('; '));
}

/** Reads text values. Converts numbers and Booleans to the text that YAML shows. */
function texts(value: unknown, path: string): Map<string, string> {
  const scalar = z.union([z.string(), z.number(), z.bigint(), z.boolean()]);
  const entries = [...keyValues(value, path, fault)];
  return new Map(
    entries.map(([key, entry]) => [key, String(parseAt(scalar, entry, `${path}.${key}`, fault))]),
  );
}
