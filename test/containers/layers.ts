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

/** Layers of images, each made of what this machine has or of packages of its distribution. */
const layers = {
  /** Busybox with a link for each of its programs, as Alpine has it. */
  shell: (folder: string) => layer(folder, 'shell', layOutShell),
  /** The Node.js that runs the tests, to lie upon the shell. */
  node: (folder: string) =>
    layer(folder, 'node', (root) => copyProgram(process.execPath, root, '/usr/local/bin/node')),
  /** Python 3, dash and the GNU tools of Debian. */
  python: () => pythonLayer(),
  /** One file that is no program. */
  file: (folder: string) =>
    layer(folder, 'file', (root) => writeFileSync(join(root, 'readme'), 'No program is here.\n')),
};

export type LayerName = keyof typeof layers;

/** Makes layers as tar files in an empty folder; returns their paths. */
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

/** Copies a program, and the libraries that it is linked with to where they are on this machine. */
async function copyProgram(program: string, root: string, target: string): Promise<void> {
  // A program without libraries is none that ldd(1) knows.
  const linked = await run('ldd', [program]).catch(() => '');
  const libraries = linked.match(/(?<=^\s*|=> )\/\S+(?= \()/gm) ?? [];
  for (const [from, to] of [[program, target], ...libraries.map((path) => [path, path])] as const) {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
}

/** What is unpacked for it; `python3-minimal` has no `json`. */
const PYTHON = ['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'grep', 'python3', 'sed'];
/** What the installation of these packages would do, as far as a step needs it. */
const PYTHON_SETUP = [
  'ln -sf dash "$1/bin/sh"',
  'ln -sf python3 "$1/usr/bin/python"',
  'cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"',
  'cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"',
  'rm -rf "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale"',
].join(' && ');

/** Packages of this machine's Debian, from where its own come, unpacked and not installed; kept for the next tests. */
async function pythonLayer(): Promise<string> {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (!release) throw new Error('this machine is no Debian whose packages an image can be made of');
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find(existsSync);
  if (!sources) throw new Error('this machine does not say where the packages of Debian are');
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
