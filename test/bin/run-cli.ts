import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '../compile-cache.ts';
import { stepRunner } from '../step-runner.ts';

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Lines of the standard input; it ends after them. */
  readonly input?: string;
  readonly cwd?: string;
}

/** Starts one of the programs in `bin/` as a user does, without flowServ's variables in its environment. */
export const startProgram = (program: string, args: readonly string[], options: CliOptions = {}) =>
  startCommand(process.execPath, [`${BIN}${program}.mjs`, ...args], {
    ...options,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env },
  });

/** Starts a program of any kind in the same way. */
export function startCommand(command: string, args: readonly string[], options: CliOptions = {}) {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, TMPDIR, ...stepRunner, ...options.env },
    cwd: options.cwd,
  });
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

/** The command line with fixed variables. */
export const cliWith =
  (env: Readonly<Record<string, string | undefined>>) =>
  (args: string, options: CliOptions = {}): Promise<Outcome> =>
    runProgram('flowserv', words(args), { ...options, env: { ...env, ...options.env } });

/** Words of a command line; quotation marks keep blanks. */
const words = (text: string) =>
  [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
