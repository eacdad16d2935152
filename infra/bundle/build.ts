import { rmSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDist } from './dist.ts';

/** `npm run build`: builds everything that is deployed, and the programs of the package, into `dist/`. */
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
const say = (...columns: string[]) => process.stdout.write(`${columns.join('')}\n`);

// Files of an older version would become part of the package.
rmSync(dist, { recursive: true, force: true });
const { functions, stagingProgram, programs } = await buildDist(dist);
say(''.padEnd(36), 'start'.padStart(10), 'all'.padStart(11));
for (const { file, loadBytes, totalBytes } of functions) {
  say(relative('.', file).padEnd(36), kilobytes(loadBytes), ' ', kilobytes(totalBytes));
}
say(relative('.', stagingProgram).padEnd(36), kilobytes(statSync(stagingProgram).size));
const { flowserv, functionRunner, containerLauncher, totalBytes } = programs;
for (const { file, loadBytes } of [flowserv, functionRunner, containerLauncher]) {
  say(relative('.', file).padEnd(36), kilobytes(loadBytes));
}
say(`${relative('.', dirname(flowserv.file))}/`.padEnd(36), ''.padStart(10), ' ', kilobytes(totalBytes));
