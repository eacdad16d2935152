// Plain JavaScript that any Node can read: it has to tell an old one what is wrong.
import { existsSync } from 'node:fs';

const WANTED = 24;

/** Starts a program: from its source in a clone, from `dist/` in the published package. */
export async function launch(name) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < WANTED) {
    process.stderr.write(
      `flowserv needs Node.js ${WANTED} or later; this is ${process.versions.node}.\n` +
        'npm brings its own with `npm ci` on Linux: use `npm start`, `npm run demo` or `npx flowserv`.\n' +
        'Elsewhere install it from https://nodejs.org.\n',
    );
    process.exit(1);
  }
  const source = new URL(`${name}.ts`, import.meta.url);
  const built = new URL(`../dist/bin/${name}.js`, import.meta.url);
  await import((existsSync(source) ? source : built).href);
}
