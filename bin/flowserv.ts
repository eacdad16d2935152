import { runCommandLine } from './command-line.ts';

// A reader that exits early, such as `head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { argv, env, stdin: input, stdout: output, stderr: errors } = process;
process.exitCode = await runCommandLine(argv.slice(2), { env, input, output, errors });
