import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../bin/command-line.ts';
import { COMPILE_CACHE } from '../caches.ts';
import { stepRunner } from '../step-runner.ts';

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface CliOptions {
  readonly env?: Variables;
  /** Lines of the standard input; it ends after them. */
  readonly input?: string;
  readonly cwd?: string;
}

/**
 * The variables of a program: those of this process that every program has, the cache of compiled sources, and its own.
 */
function withUsual(env: Variables = {}): Variables {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: COMPILE_CACHE, ...stepRunner, ...env };
}

/** Starts one of the programs in `bin/` as a user does, without flowServ's variables in its environment. */
export const startProgram = (program: string, args: readonly string[], options: CliOptions = {}) =>
  startCommand(process.execPath, [`${BIN}${program}.mjs`, ...args], options);

/** Starts a program of any kind in the same way. */
export function startCommand(command: string, args: readonly string[], options: CliOptions = {}) {
  const child = spawn(command, args, { env: withUsual(options.env), cwd: options.cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that does not read its input may have closed it.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    outcome,
    /** Waits until the program writes a text. */
    shows: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => stdout.includes(text) && resolve();
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`'${text}' was not printed:\n${stdout}\n${stderr}`)));
        look();
      }),
  };
}

export const runProgram = (
  program: string,
  args: readonly string[],
  options?: CliOptions,
): Promise<Outcome> => startProgram(program, args, options).outcome;

export interface CommandOptions extends CliOptions {
  /** Whether the command gets a process of its own. */
  readonly ownProcess?: boolean;
}

/**
 * Runs a command of `flowserv`, in this process by default: its own needs most of a second to load the sources. The
 * command gets the same variables in both.
 */
export const runFlowserv = (
  args: readonly string[],
  { ownProcess = false, ...options }: CommandOptions = {},
): Promise<Outcome> => (ownProcess ? runProgram('flowserv', args, options) : runHere(args, options));

/** The command line with fixed variables. */
export const cliWith =
  (env: Variables) =>
  (args: string, options: CommandOptions = {}): Promise<Outcome> =>
    runFlowserv(words(args), { ...options, env: { ...env, ...options.env } });

async function runHere(args: readonly string[], options: CliOptions): Promise<Outcome> {
  const env = withUsual(options.env);
  const written = { stdout: '', stderr: '' };
  const collector = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text;
    },
  });
  const input = new PassThrough();
  input.end(options.input ?? '');
  const code = await withAwsVariables(env, () =>
    runCommandLine(args, { env, input, output: collector('stdout'), errors: collector('stderr') }),
  );
  return { code, ...written };
}

const isAws = ([name]: readonly [string, unknown]) => name.startsWith('AWS_');
let usesAws = false;

/** Runs a command with the variables that AWS's SDK reads from its process, one command at a time. */
async function withAwsVariables<T>(env: Variables, run: () => Promise<T>): Promise<T> {
  const wanted = Object.entries(env).filter(isAws);
  if (wanted.length === 0) return run();
  if (usesAws) throw new Error('commands with variables of AWS cannot run at the same time in one process');
  const before = Object.entries(process.env).filter(isAws);
  usesAws = true;
  setVariables(before, wanted);
  try {
    return await run();
  } finally {
    setVariables(wanted, before);
    usesAws = false;
  }
}

type Entries = readonly (readonly [string, string | undefined])[];

function setVariables(old: Entries, wanted: Entries): void {
  for (const [name] of old) delete process.env[name];
  for (const [name, value] of wanted) if (value !== undefined) process.env[name] = value;
}

/** Words of a command line; quotation marks keep blanks. */
const words = (text: string) =>
  [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
