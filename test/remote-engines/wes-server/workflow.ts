import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const file = z.object({ class: z.literal('File'), location: z.string() });
const listed = z.union([
  z.string(),
  z.object({ entry: z.string(), entryname: z.string(), writable: z.boolean() }),
]);
const tool = z.object({
  class: z.literal('CommandLineTool'),
  requirements: z.object({
    DockerRequirement: z.object({ dockerPull: z.string().min(1) }),
    InitialWorkDirRequirement: z.object({ listing: z.array(listed) }),
  }),
  baseCommand: z.string(),
  inputs: z.record(
    z.string(),
    z.union([z.string(), z.object({ type: z.string(), inputBinding: z.object({ position: z.number() }) })]),
  ),
  outputs: z.record(
    z.string(),
    z.object({ type: z.literal('Directory'), outputBinding: z.object({ glob: z.string() }) }),
  ),
});
/** The part of the Common Workflow Language that is interpreted here. */
const workflow = z.object({
  cwlVersion: z.literal('v1.2'),
  class: z.literal('Workflow'),
  inputs: z.record(z.string(), z.enum(['File', 'File[]'])),
  outputs: z.record(z.string(), z.object({ type: z.literal('Directory'), outputSource: z.string() })),
  steps: z.record(
    z.string(),
    z.object({ run: tool, in: z.record(z.string(), z.string()), out: z.array(z.string()) }),
  ),
});
type Tool = z.output<typeof tool>;

export type WesRun = ReturnType<typeof createRun>;

/** What a run was requested with. */
export interface RunRequest {
  readonly document: string;
  readonly parameters: object;
  readonly attachments: ReadonlyMap<string, Buffer>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A run of a CWL workflow whose steps run one by one as processes, as cwltool runs them in containers: each in a working
 * directory of its own, with inputs that are read-only unless the tool wants writable copies.
 */
export function createRun(root: string, id: string, { document, parameters, attachments, tags }: RunRequest) {
  const folder = join(root, id);
  const inputs = join(folder, 'inputs');
  mkdirSync(inputs, { recursive: true });
  for (const [name, bytes] of attachments) writeFileSync(join(inputs, name), bytes);
  const { steps, outputs } = workflow.parse(JSON.parse(document));
  let [state, stderr] = ['QUEUED', ''];
  let running: ChildProcess | undefined;
  /** Paths by the names of workflow inputs and of outputs of steps. */
  const values = new Map<string, readonly string[]>(
    Object.entries(parameters).map(([name, value]) => {
      const files = z.union([z.array(file), file.transform((one) => [one])]).parse(value);
      return [name, files.map(({ location }) => join(inputs, location))];
    }),
  );

  const execute = (command: string, args: readonly string[], cwd: string): Promise<number> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, HOME: cwd };
      const child = spawn(command, args, { cwd, env });
      running = child;
      const note = (chunk: Buffer) => {
        stderr += chunk.toString('utf8');
      };
      child.stdout.on('data', note);
      child.stderr.on('data', note);
      child.on('close', (code) => resolve(code ?? 255));
    });

  const runStep = async (name: string): Promise<number> => {
    const step = steps[name];
    if (!step) throw new Error(`no step ${name}`);
    const cwd = join(folder, name);
    mkdirSync(cwd);
    const given = new Map(
      Object.entries(step.in).map(([input, source]) => [input, values.get(source) ?? []]),
    );
    stage(step.run, given, cwd);
    stderr += `INFO [job ${name}] ${cwd}$ ${step.run.baseCommand}\n`;
    const code = await execute(step.run.baseCommand, argumentsOf(step.run, given), cwd);
    stderr += `INFO [job ${name}] exited with status: ${code}\n`;
    for (const [output, { outputBinding }] of Object.entries(step.run.outputs)) {
      const path = join(cwd, outputBinding.glob);
      if (code === 0 && !existsSync(path)) throw new Error(`${name} left no ${outputBinding.glob}`);
      values.set(`${name}/${output}`, [path]);
    }
    return code;
  };

  return {
    id,
    tags,
    state: () => state,
    set: (next: string) => {
      state = next;
    },
    stderr: () => stderr,
    /** The folder of an output of the workflow. */
    outputFolder: (name: string): string => values.get(outputs[name]?.outputSource ?? '')?.[0] ?? '',
    async run(): Promise<void> {
      state = 'RUNNING';
      for (const name of Object.keys(steps)) {
        const code = await runStep(name);
        if (state !== 'RUNNING') return;
        if (code !== 0) {
          state = 'EXECUTOR_ERROR';
          return;
        }
      }
      state = 'COMPLETE';
    },
    stop(): void {
      state = 'CANCELED';
      running?.kill('SIGKILL');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Places the files that a tool wants in its working directory. */
function stage({ requirements }: Tool, given: ReadonlyMap<string, readonly string[]>, cwd: string): void {
  for (const entry of requirements.InitialWorkDirRequirement.listing) {
    const expression = typeof entry === 'string' ? entry : entry.entry;
    const name = /^\$\(inputs\.(\w+)\)$/.exec(expression)?.[1] ?? '';
    for (const path of given.get(name) ?? []) {
      if (typeof entry === 'string') {
        const target = join(cwd, path.slice(path.lastIndexOf('/') + 1));
        copyFileSync(path, target);
        chmodSync(target, 0o444);
      } else cpSync(path, join(cwd, entry.entryname), { recursive: true, verbatimSymlinks: true });
    }
  }
}

function argumentsOf({ inputs }: Tool, given: ReadonlyMap<string, readonly string[]>): string[] {
  const bound = Object.entries(inputs).flatMap(([name, input]) =>
    typeof input === 'string'
      ? []
      : [{ position: input.inputBinding.position, paths: given.get(name) ?? [] }],
  );
  return bound.toSorted((a, b) => a.position - b.position).flatMap(({ paths }) => paths);
}

/** A folder as `Directory` of CWL, with locations below an address. */
export function directory(path: string, address: string, basename: string): object {
  const entries = readdirSync(path, { withFileTypes: true });
  return {
    class: 'Directory',
    basename,
    location: address,
    listing: entries.map((entry) => {
      const location = `${address}/${encodeURIComponent(entry.name)}`;
      if (entry.isDirectory()) return directory(join(path, entry.name), location, entry.name);
      return { class: 'File', basename: entry.name, location, size: statSync(join(path, entry.name)).size };
    }),
  };
}
