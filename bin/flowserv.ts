import { CommanderError } from 'commander';
import { ApiError } from '../shared/client/error.ts';
import { FlowservError } from '../shared/errors.ts';
import { createProgram } from './commands/program.ts';
import { variables } from './session/identifiers.ts';
import { Aborted } from './terminal/questions.ts';

/** `flowserv`: exit code 0 for success, 1 for an error, 2 for wrong usage, 130 after Ctrl-C. */
const { program, cli } = createProgram(process.env);
// A reader that exits early, such as `head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
} finally {
  cli.questions.close();
}

/** Prints the error as a sentence; returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Aborted) {
    cli.note(error.message);
    return error.exitCode;
  }
  cli.note(`error: ${sentence(error)}`);
  if (process.env.FLOWSERV_DEBUG && error instanceof Error) cli.note(error.stack ?? '');
  return 1;
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return apiSentence(error);
  if (error instanceof FlowservError) return error.message;
  if (!(error instanceof Error)) return String(error);
  // Errors of refused connections have only a code.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

function apiSentence({ status, code, message, requestId }: ApiError): string {
  if (code === 'connection.refused')
    return `${message}; is the server running? Start one with \`flowserv local\``;
  if (code === 'auth.not-logged-in' || message === 'not logged in') {
    const why = process.env[variables.token] ? 'the session has ended' : `${variables.token} is not set`;
    return `${message} (${why}): run \`eval $(flowserv login)\``;
  }
  if (code === 'token.invalid') return `${variables.token}: ${message} by \`eval $(flowserv login)\``;
  return status >= 500 && requestId ? `${message} (request ${requestId})` : message;
}
