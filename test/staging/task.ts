import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import { LATER_STEP_COMMAND, STEP_COMMAND, stepScript } from '../../shared/engine/step-script.ts';
import type {
  FileEntry,
  Keep,
  StepLimits,
  StepManifest,
  StepStatus,
  TreeEntry,
} from '../../shared/staging/protocol.ts';
import { stepManifestSchema, stepStatusSchema } from '../../shared/staging/protocol-schema.ts';
import { plannedStep as anyStep } from '../engine/planned-step.ts';
import { portOf, type StepInputs, startBroker, TICKET } from './broker-server.ts';

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface TaskOptions {
  /** Files of the tree: text or bytes, or text with flags. */
  readonly files?: Readonly<Record<string, string | Buffer | InputFile>>;
  readonly entries?: readonly TreeEntry[];
  readonly folders?: readonly string[];
  readonly commands?: readonly string[];
  readonly script?: string;
  /** 0 by default. */
  readonly index?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly keep?: Partial<Keep>;
  readonly control?: Readonly<Record<string, string>>;
  readonly limits?: Partial<StepLimits>;
  readonly pageEntries?: number;
  /** The step that follows in the same task. */
  readonly next?: TaskOptions;
}

interface InputFile {
  readonly content: string;
  readonly mode?: number;
  readonly protected?: boolean;
  readonly private?: boolean;
}

/** The same for all tasks of a worker. */
let staging: ReturnType<typeof bundleStagingProgram> | undefined;

export type Task = Awaited<ReturnType<typeof createTask>>;

/**
 * One task as the container service runs it: `stage`, then `warden` beside the step, each as a process of its own
 * with only its own environment. The metadata endpoint reports the state of the step's process.
 */
export async function createTask(options: TaskOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'staging-test-'));
  const paths = { work: join(folder, 'work'), ctl: join(folder, 'ctl'), log: join(folder, 'log') };
  const objects = join(folder, 'objects');
  const later = { work: join(folder, 'work1'), ctl: join(folder, 'ctl1'), log: join(folder, 'log1') };
  for (const path of [...Object.values(paths), ...Object.values(later), objects]) await mkdir(path);
  staging ??= bundleStagingProgram();
  const { command } = await staging;
  let current = options;
  const broker = await startBroker(
    objects,
    () => inputsOf(current),
    () => {
      current = options.next ?? options;
    },
  );
  for (const [path, file] of Object.entries({ ...options.files, ...options.next?.files })) {
    await broker.put(`input/${path}`, bytesOf(file));
  }
  const metadata = await startMetadata();
  const running: ChildProcess[] = [];
  const pathEnv = { FS_WORK: paths.work, FS_CTL: paths.ctl, FS_LOG: paths.log };
  const laterEnv = { FS_WORK: later.work, FS_CTL: later.ctl, FS_LOG: later.log };
  const stagingEnv = {
    ...pathEnv,
    ...{ FS_WORK1: later.work, FS_CTL1: later.ctl, FS_LOG1: later.log },
    FS_BROKER: broker.url,
    FS_TICKET: TICKET,
    ECS_CONTAINER_METADATA_URI_V4: metadata.url,
  };

  const start = (line: readonly string[], env: Record<string, string>) => {
    const [program = '', ...args] = line;
    const PATH = process.env.PATH ?? '';
    // A separate process group, so that processes that a command leaves behind can be ended too.
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.push(child);
    return { child, ended: endOf(child) };
  };

  return {
    ...paths,
    broker,
    stagingEnv,
    /** Number of requests to the metadata endpoint. */
    metadataRequests: metadata.requests,
    stage: () => start([...command, 'stage'], stagingEnv).ended,
    startWarden: () => start([...command, 'warden'], stagingEnv),
    /** @param line command line of another program than the shell of the image */
    startStep(line: readonly string[] = ['/bin/sh', '-c', STEP_COMMAND]) {
      const step = start(line, {
        ...pathEnv,
        ECS_CONTAINER_METADATA_URI_V4: metadata.url,
      });
      metadata.follow('step', step.child);
      return step;
    },
    /** Starts the container of the next step, which waits for its files. */
    startNext() {
      const env = { ...laterEnv, ECS_CONTAINER_METADATA_URI_V4: metadata.url };
      const step = start(['/bin/sh', '-c', LATER_STEP_COMMAND], env);
      metadata.follow('step1', step.child);
      return step;
    },
    later,
    /** Stops the task as the container service does: the step first, as it started last. */
    async stop(warden: { child: ChildProcess }, step: { child: ChildProcess; ended: Promise<Ended> }) {
      metadata.stopping();
      step.child.kill('SIGTERM');
      await step.ended;
      warden.child.kill('SIGTERM');
    },
    /** Runs the whole task; returns the ends of its containers and the status document. */
    async run(line?: readonly string[]) {
      const staged = await this.stage();
      const { ended: wardenEnded } = this.startWarden();
      const { ended: stepEnded } = this.startStep(line);
      const [warden, step] = await Promise.all([wardenEnded, stepEnded]);
      return { staged, warden, step, status: await this.status() };
    },
    async status(): Promise<StepStatus> {
      return stepStatusSchema.parse(JSON.parse((await broker.object('status/status.json')).toString()));
    },
    async manifest(): Promise<StepManifest> {
      return stepManifestSchema.parse(JSON.parse((await broker.object('manifest/manifest.json')).toString()));
    },
    async close(): Promise<void> {
      for (const child of running) endGroup(child);
      await Promise.all([broker.close(), metadata.close()]);
      execFileSync('chmod', ['-R', 'u+rwX', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the broker tells about a step. */
const inputsOf = (options: TaskOptions): StepInputs => ({
  step: { index: options.index ?? 0, name: 'count', attempt: 1 },
  script: options.script ?? stepScript(plannedStep(options)),
  ...(options.control && { control: options.control }),
  folders: options.folders ?? [],
  isFollowed: options.next !== undefined,
  entries: [...Object.entries(options.files ?? {}).map(fileEntry), ...(options.entries ?? [])],
  keep: {
    ...{ outputs: [], resultFile: null, tree: true, archive: false },
    handOver: { closed: [], declared: [], leaves: null, others: [] },
    ...options.keep,
  },
  limits: { ...LIMITS, ...options.limits },
  ...(options.pageEntries ? { pageEntries: options.pageEntries } : {}),
});

const LIMITS: StepLimits = {
  files: 10_000,
  fileBytes: 1024 ** 3,
  treeBytes: 1024 ** 3,
  deadlineSeconds: 600,
  logBytes: 1024 ** 2,
};

export const plannedStep = ({ commands = [], variables = {}, env = {} }: TaskOptions): PlannedStep =>
  anyStep(0, { name: 'count', image: 'busybox', commands, variables, env });

const bytesOf = (file: string | Buffer | InputFile): Buffer =>
  Buffer.isBuffer(file) ? file : Buffer.from(typeof file === 'string' ? file : file.content);

function fileEntry([path, file]: [string, string | Buffer | InputFile]): FileEntry {
  const bytes = bytesOf(file);
  const flags = typeof file === 'string' || Buffer.isBuffer(file) ? undefined : file;
  return {
    type: 'file',
    path,
    mode: flags?.mode ?? 0o644,
    size: bytes.length,
    sha256: sha256(bytes),
    source: { kind: 'input', id: path },
    protected: flags?.protected ?? false,
    ...(flags?.private ? { private: true } : {}),
  };
}

/** Returns the exit code as ECS reports it: 128 plus the number of the signal if one ended the process. */
const exitCodeOf = ({ exitCode, signalCode }: ChildProcess): number =>
  exitCode ?? 128 + constants.signals[signalCode ?? 'SIGKILL'];

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended.
  }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return { code: exitCodeOf(child), output: Buffer.concat(chunks).toString() };
}

/** The task metadata endpoint, version 4: the part that describes containers. */
async function startMetadata() {
  const steps = new Map<string, { readonly child: ChildProcess; readonly startedAt: string }>();
  let DesiredStatus = 'RUNNING';
  const state = (name: string) => {
    const { child, startedAt } = steps.get(name) ?? {};
    if (!child) return { KnownStatus: 'CREATED' };
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (!ended) return { KnownStatus: 'RUNNING', StartedAt: startedAt };
    const ExitCode = exitCodeOf(child);
    return { KnownStatus: 'STOPPED', ExitCode, StartedAt: startedAt, FinishedAt: new Date().toISOString() };
  };
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (request.url !== '/v4/warden/task') response.statusCode = 404;
    const own = { Name: 'warden', KnownStatus: 'RUNNING' };
    const Containers = [own, ...['step', 'step1'].map((name) => ({ Name: name, ...state(name) }))];
    response.end(JSON.stringify({ DesiredStatus, Containers }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/v4/warden`,
    requests: () => requests,
    stopping(): void {
      DesiredStatus = 'STOPPED';
    },
    follow(name: string, child: ChildProcess): void {
      steps.set(name, { child, startedAt: new Date().toISOString() });
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
