/** A program that runs another program, named by its first operand or a later one. */
export interface Wrapper {
  /** Options with a word of their own. */
  readonly valueOptions: readonly string[];
  /** Operands before the program. */
  readonly operands: number;
  /** Subcommands of which one must come first: `uv run …` runs a program, `uv add …` does not. */
  readonly subcommands?: readonly string[];
  /** Options whose word or remainder is a command line. */
  readonly codeOption?: RegExp;
}

const wrapper = (operands: number, valueOptions = '', more: Partial<Wrapper> = {}): Wrapper => ({
  valueOptions: valueOptions.split(' '),
  operands,
  ...more,
});
const runs = (subcommands: string, valueOptions = '', operands = 0): Wrapper =>
  wrapper(operands, valueOptions, { subcommands: subcommands.split(' ') });

const plain = wrapper(0);
const container = runs(
  'run exec',
  '-e --env --env-file -v --volume -w --workdir -u --user --name --network --entrypoint --mount -m -B --bind',
  1,
);
const python = runs(
  'run',
  '-p --python --with --extra --group --project --directory -n --name --prefix -e -C',
);

/** Wrappers by their base names, with the options of their manual pages. */
export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map([
  // Built into the shell, and the core utilities.
  ...['builtin', 'command', 'coproc', 'nohup', 'busybox', 'toybox'].map((name) => [name, plain] as const),
  ['exec', wrapper(0, '-a')],
  ['time', wrapper(0, '-f --format -o --output')],
  ['env', wrapper(0, '-u --unset -C --chdir -a --argv0', { codeOption: /^-[0iv]*S|^--split-string/ })],
  ['nice', wrapper(0, '-n --adjustment')],
  ['stdbuf', wrapper(0, '-i --input -o --output -e --error')],
  ['timeout', wrapper(1, '-s --signal -k --kill-after')],
  ['chroot', wrapper(1)],
  ['xargs', wrapper(0, '-I -n -P -L -d -a -E -s --replace --max-args --max-procs --arg-file --delimiter')],
  // Processes and resources.
  ['setsid', plain],
  ['ionice', wrapper(0, '-c --class -n --classdata')],
  ['chrt', wrapper(1, '-T -P -D')],
  ['taskset', wrapper(1)],
  ['numactl', wrapper(0, '-C -N -m -i -p -P --physcpubind --cpunodebind --membind --interleave --preferred')],
  ['prlimit', wrapper(0, '-o --output')],
  [
    'flock',
    wrapper(1, '-w --wait --timeout -E --conflict-exit-code', { codeOption: /^-[a-z]*c$|^--command/ }),
  ],
  ['unshare', wrapper(0, '-R --root -w --wd -S --setuid -G --setgid --map-user --map-group --propagation')],
  ['nsenter', wrapper(0, '-t --target -S --setuid -G --setgid')],
  ['setpriv', wrapper(0, '--reuid --regid --groups --inh-caps --bounding-set --securebits')],
  ['setarch', plain],
  // The first operand of setarch, which may be left out; each is also a program of its own (util-linux, setarch).
  ...'i386 i486 i586 i686 x86_64 linux32 linux64 uname26 arm armh aarch64 ppc ppc32 ppc64 ppc64le s390 s390x mips riscv64'
    .split(' ')
    .map((name) => [name, plain] as const),
  // Other users.
  ['sudo', wrapper(0, '-u --user -g --group -C -D -h -p -R -r -t -T -U')],
  ['doas', wrapper(0, '-u -C')],
  [
    'runuser',
    wrapper(0, '-u --user -g --group -G --supp-group -s --shell -w', {
      codeOption: /^-[a-z]*c$|^--(?:session-)?command/,
    }),
  ],
  ['gosu', wrapper(1)],
  ['su-exec', wrapper(1)],
  ['setuidgid', wrapper(1)],
  // Parents of a container's processes.
  ['tini', wrapper(0, '-p -e')],
  ['dumb-init', wrapper(0, '-r --rewrite')],
  ['catatonit', plain],
  ['fakeroot', wrapper(0, '-l -f -i -s -b')],
  ['dbus-run-session', wrapper(0, '--config-file')],
  ['xvfb-run', wrapper(0, '-e -f -n -p -s -w --error-file --server-args --server-num')],
  // Measuring and watching.
  ['strace', wrapper(0, '-a -b -e -E -I -o -O -p -P -s -S -u -U -X')],
  ['ltrace', wrapper(0, '-a -A -D -e -F -l -n -o -p -s -u -w -x')],
  ['valgrind', plain],
  ['perf', runs('stat record trace', '-e -o -p -F -c -C -g')],
  ['cpulimit', wrapper(0, '-l --limit -p -P')],
  ['faketime', wrapper(1)],
  ['unbuffer', plain],
  ['chronic', plain],
  // Many processors.
  ...['mpirun', 'mpiexec'].map(
    (name) => [name, wrapper(0, '-n -np -c -N -H --host --hostfile -x -wdir')] as const,
  ),
  ['srun', wrapper(0, '-n -N -c -p -t -A -J -o -e -w')],
  // Environments and packages.
  ['npx', wrapper(0, '-p --package -w --workspace', { codeOption: /^(?:-c|--call)/ })],
  ['uvx', wrapper(0, '-p --python --with --from')],
  ['bunx', plain],
  ...['uv', 'poetry', 'pipenv', 'pixi', 'rye', 'hatch', 'pdm', 'pipx', 'conda', 'mamba', 'micromamba'].map(
    (name) => [name, python] as const,
  ),
  ...['npm', 'pnpm', 'yarn', 'bundle', 'rbenv', 'pyenv'].map((name) => [name, runs('exec dlx x')] as const),
  ...['docker', 'podman', 'nerdctl', 'singularity', 'apptainer'].map((name) => [name, container] as const),
]);
