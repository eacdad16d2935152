// Plain JavaScript that an old Node can read: it has to find a newer one, or say what is wrong.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const WANTED = 24;

/**
 * Starts a program: from its source in a clone, from `dist/` in the published package. An old Node starts
 * the newer one that is installed with this package.
 */
export async function launch(name) {
  if (majorOf(process.versions.node) >= WANTED) {
    const source = new URL(`${name}.ts`, import.meta.url);
    const built = new URL(`../dist/bin/${name}.js`, import.meta.url);
    await import((existsSync(source) ? source : built).href);
    return;
  }
  const node = installedNode();
  if (node === undefined) tellAndEnd();
  else runUnder(node);
}

/** The Node that npm installed as an optional dependency of this package; none on some systems. */
function installedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `node-${process.platform}-${process.arch}/package.json`,
    );
    // The version of the package is that of its Node. An old one would start itself again and again.
    if (majorOf(JSON.parse(readFileSync(manifest, 'utf8')).version) < WANTED) return undefined;
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/** Runs this command line under another Node, and ends with its exit code or signal. */
function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // It exists but does not start, such as on a system with another C library.
  child.on('error', tellAndEnd);
  const passOn = (signal) => {
    // Ctrl-C in a terminal reaches both processes, and a second signal would have another meaning.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const passed of signals) process.off(passed, passOn);
    process.kill(process.pid, signal);
  });
}

function tellAndEnd() {
  process.stderr.write(
    `flowserv needs Node.js ${WANTED} or later; this is ${process.versions.node}.\n` +
      'npm installs one beside it on Linux with glibc, unless optional dependencies are omitted.\n' +
      'Elsewhere install it from https://nodejs.org.\n',
  );
  process.exit(1);
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}
