import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

const folder = fileURLToPath(new URL('go/', import.meta.url));
/**
 * Our program around Versity's S3 gateway, and AWS's Lambda Runtime Interface Emulator; `go.mod` has their versions.
 */
const PACKAGES = ['./gateway', 'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie'];
/** Without optimisations: the programs run only for minutes, so fast compilation is more important. */
const FLAGS = ['-gcflags=all=-N -l -dwarf=false', '-ldflags=-s -w'];

/**
 * Returns the folder with the programs `gateway` and `aws-lambda-rie`, which are built from the Go module proxy on
 * first use. This needs `go` and takes minutes. One build makes both, since most of the work is the standard library.
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
