import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

const folder = fileURLToPath(new URL('go/', import.meta.url));
/** Ours around Versity's S3 gateway, and AWS's Lambda Runtime Interface Emulator; `go.mod` has their versions. */
const PACKAGES = ['./gateway', 'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie'];
/** A program that is built once and runs for minutes is compiled quickly rather than well. */
const FLAGS = ['-gcflags=all=-N -l -dwarf=false', '-ldflags=-s -w'];

/**
 * Folder with the programs `gateway` and `aws-lambda-rie`, built from the Go module proxy when they are not there yet: it
 * takes `go` and, the first time, minutes. Both come of one build, since most of it is the standard library.
 */
export function goPrograms(): Promise<string> {
  const recipe = ['go.mod', 'go.sum', 'gateway/main.go'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  return installed('go-programs', [...FLAGS, ...recipe].join('\n'), (made) =>
    run('go', ['build', ...FLAGS, '-o', `${made}/`, ...PACKAGES], {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0' },
    }),
  );
}
