import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { installed } from '../witnesses/tool-folder.ts';
import { run } from './run.ts';

/** Layers of images, built from files of this host or packages of its distribution. */
const layers = {
  /** Busybox with a link for each of its programs, as Alpine has it. */
  shell: (folder: string) => layer(folder, 'shell', layOutShell),
  /** The Node.js that runs the tests, for use on top of the shell layer. */
  node: (folder: string) =>
    layer(folder, 'node', (root) => copyProgram(process.execPath, root, '/usr/local/bin/node')),
  /** Python 3, dash and the GNU tools of Debian. */
  python: () => pythonLayer(),
  /** One file that is not a program. */
  file: (folder: string) =>
    layer(folder, 'file', (root) => writeFileSync(join(root, 'readme'), 'No program is here.\n')),
};

export type LayerName = keyof typeof layers;

/** Writes layers as tar files to an empty folder; returns their paths. */
export async function makeLayers(
  folder: string,
  names: readonly LayerName[],
): Promise<ReadonlyMap<LayerName, string>> {
  const wanted = [...new Set(names)];
  return new Map(await Promise.all(wanted.map(async (name) => [name, await layers[name](folder)] as const)));
}

async function layer(
  folder: string,
  name: string,
  layOut: (root: string) => void | Promise<void>,
): Promise<string> {
  const root = join(folder, name);
  mkdirSync(root);
  await layOut(root);
  const tar = `${root}.tar`;
  await run('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', tar, '.']);
  return tar;
}

async function layOutShell(root: string): Promise<void> {
  const busybox = '/bin/busybox';
  await copyProgram(busybox, root, busybox);
  for (const path of (await run(busybox, ['--list-full'])).trim().split('\n')) {
    if (existsSync(join(root, path))) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    symlinkSync(busybox, join(root, path));
  }
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nada:x:1000:\n');
  for (const temporary of ['tmp', 'var/tmp']) {
    mkdirSync(join(root, temporary), { recursive: true });
    chmodSync(join(root, temporary), 0o1777);
  }
  mkdirSync(join(root, 'root'), { mode: 0o700 });
}

/** Copies a program, and its shared libraries to their paths on this host. */
async function copyProgram(program: string, root: string, target: string): Promise<void> {
  // ldd(1) fails for a statically linked program.
  const linked = await run('ldd', [program]).catch(() => '');
  const libraries = linked.match(/(?<=^\s*|=> )\/\S+(?= \()/gm) ?? [];
  for (const [from, to] of [[program, target], ...libraries.map((path) => [path, path])] as const) {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
}

/** Packages to unpack; `python3-minimal` has no `json`. */
const PYTHON = ['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'grep', 'python3', 'sed'];
/** The part of the packages' installation that a step needs. */
const PYTHON_SETUP = [
  'ln -sf dash "$1/bin/sh"',
  'ln -sf python3 "$1/usr/bin/python"',
  'cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"',
  'cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"',
  'rm -rf "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale"',
].join(' && ');

/**
 * Unpacks packages of this host's Debian from its own sources, without installing them; the result is kept for later
 * tests.
 */
async function pythonLayer(): Promise<string> {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (!release)
    throw new Error('an image can be built only from Debian packages, and this host is not Debian');
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find(existsSync);
  if (!sources) throw new Error('this host has no sources of Debian packages');
  const packages = PYTHON.join(',');
  const recipe = [release, packages, PYTHON_SETUP].join('\n');
  const folder = await installed('python-layer', recipe, (made) =>
    run('mmdebstrap', [
      ...['--quiet', '--variant=extract', `--include=${packages}`, '--format=tar'],
      ...[`--extract-hook=${PYTHON_SETUP}`, release, join(made, 'python.tar'), sources],
    ]),
  );
  return join(folder, 'python.tar');
}
