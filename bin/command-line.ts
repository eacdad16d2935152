import { CommanderError } from 'commander';
import { ApiError } from '../shared/client/error.ts';
import { FlowservError } from '../shared/errors.ts';
import { createProgram } from './commands/program.ts';
import type { Cli, Terminal } from './session/cli.ts';
import { variables } from './session/identifiers.ts';
import type { Environment } from './session/location.ts';
import { Aborted } from './terminal/questions.ts';

/**
 * Runs one command of `flowserv`, and reports its errors.
 *
 * @param args words after the name of the program
 * @returns its exit code: 0 for success, 1 for an error, 2 for wrong usage, 130 after Ctrl-C
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const { program, cli } = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    return report(error, cli);
  } finally {
    cli.questions.close();
  }
}

/** Prints the error as a sentence; returns the exit code. */
function report(error: unknown, cli: Cli): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Aborted) {
    cli.note(error.message);
    return error.exitCode;
  }
  cli.note(`error: ${sentence(error, cli.env)}`);
  if (cli.env.FLOWSERV_DEBUG && error instanceof Error) cli.note(error.stack ?? '');
  return 1;
}

function sentence(error: unknown, env: Environment): string {
  if (error instanceof ApiError) return apiSentence(error, env);
  if (error instanceof FlowservError) return error.message;
  if (!(error instanceof Error)) return String(error);
  // Errors of refused connections have only a code.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

function apiSentence({ status, code, message, requestId }: ApiError, env: Environment): string {
  if (code === 'connection.refused')
    return `${message}; is the server running? Start one with \`flowserv local\``;
  if (code === 'auth.not-logged-in' || message === 'not logged in') {
    const why = env[variables.token] ? 'the session has ended' : `${variables.token} is not set`;
    return `${message} (${why}): run \`eval $(flowserv login)\``;
  }
  if (code === 'token.invalid') return `${variables.token}: ${message} by \`eval $(flowserv login)\``;
  return status >= 500 && requestId ? `${message} (request ${requestId})` : message;
}
