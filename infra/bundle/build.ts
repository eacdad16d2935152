import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDist } from './dist.ts';

/** `npm run build`: everything that is deployed, into `dist/`. */
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
const say = (...columns: string[]) => process.stdout.write(`${columns.join('')}\n`);

const { functions, stagingProgram } = await buildDist(dist);
say(''.padEnd(36), 'cold start'.padStart(10), 'all'.padStart(11));
for (const { file, loadBytes, totalBytes } of functions) {
  say(relative('.', file).padEnd(36), kilobytes(loadBytes), ' ', kilobytes(totalBytes));
}
say(relative('.', stagingProgram).padEnd(36), kilobytes(statSync(stagingProgram).size));
