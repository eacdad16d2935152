import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { settingsOf } from '../infra/aws/outputs.ts';
import { bundleStagingProgram } from '../infra/bundle/staging-program.ts';

/**
 * Turns what `cdk deploy --outputs-file` has written into the operator's settings, as lines for a shell:
 * `eval "$(npx node bin/aws-settings.ts .flowserv/aws.json)"`.
 */
const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

const [file, stack] = process.argv.slice(2);
try {
  if (file === undefined) throw new Error('usage: aws-settings.ts <outputs file> [stack]');
  const settings = settingsOf(pick(outputsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), stack));
  const program = join(dirname(resolve(file)), 'staging-program.txt');
  writeFileSync(program, (await bundleStagingProgram()).text);
  for (const [name, value] of Object.entries({ ...settings, FLOWSERV_STAGING_PROGRAM: program })) {
    process.stdout.write(`export ${name}=${quoted(value)}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** The outputs of the stack that is named, or of the only one there is. */
function pick(outputs: z.output<typeof outputsSchema>, name: string | undefined) {
  const names = Object.keys(outputs);
  const wanted = name ?? (names.length === 1 ? names[0] : undefined);
  const found = wanted === undefined ? undefined : outputs[wanted];
  if (!found) throw new Error(`name one of the stacks in ${file}: ${names.join(', ')}`);
  return found;
}

/** One word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
