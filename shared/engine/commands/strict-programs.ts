/**
 * A program whose options run other programs, load code or read a settings file that does, e.g. `tar
 * --use-compress-program=…`. Free text is safe only after `--`.
 */
export interface StrictProgram {
  /** Options whose next word is data, even if it begins with a dash. */
  readonly dataOptions?: readonly string[];
  /** Whether `--` ends the options. If not, only text before the reference keeps it from being an option. */
  readonly dashes: boolean;
}

const ended: StrictProgram = { dashes: true };

const find: StrictProgram = {
  dashes: false,
  dataOptions: [
    ...['-name', '-iname', '-path', '-ipath', '-wholename', '-regex', '-iregex', '-lname', '-newer', '-size'],
    ...[
      '-type',
      '-maxdepth',
      '-mindepth',
      '-mtime',
      '-mmin',
      '-ctime',
      '-user',
      '-group',
      '-perm',
      '-printf',
    ],
  ],
};

/** Strict programs by their base names. */
export const STRICT_PROGRAMS: ReadonlyMap<string, StrictProgram> = new Map([
  ['find', find],
  ['gfind', find],
  // Archives and copies.
  ...['tar', 'gtar', 'bsdtar', 'star', 'cpio', 'pax', 'zip', 'unzip', '7z', '7za', 'rsync', 'rclone'].map(
    (name) => [name, ended] as const,
  ),
  ...['scp', 'sftp', 'rsh', 'rlogin', 'wget', 'lftp', 'ftp', 'socat', 'nc', 'ncat', 'openssl'].map(
    (name) => [name, ended] as const,
  ),
  // Text.
  ...[
    'sort',
    'gsort',
    'split',
    'gsplit',
    'install',
    'patch',
    'less',
    'more',
    'man',
    'pr',
    'csplit',
    'rg',
  ].map((name) => [name, ended] as const),
  ['git', { dashes: true, dataOptions: ['-m', '--message'] }],
  ...['hg', 'svn', 'cvs', 'bzr'].map((name) => [name, ended] as const),
  // Compilers and packages, which run scripts of what they build.
  ...['gcc', 'g++', 'cc', 'c++', 'clang', 'clang++', 'gfortran', 'ld', 'rustc', 'javac'].map(
    (name) => [name, ended] as const,
  ),
  ...['cmake', 'ninja', 'cargo', 'go', 'mvn', 'gradle', 'ant', 'npm', 'pnpm', 'yarn', 'pip', 'pip3'].map(
    (name) => [name, ended] as const,
  ),
  ...['pipx', 'uv', 'poetry', 'conda', 'mamba', 'micromamba', 'gem', 'bundle', 'apt', 'apt-get', 'apk'].map(
    (name) => [name, ended] as const,
  ),
  // Tests and workflows.
  ...['pytest', 'tox', 'nox', 'snakemake', 'nextflow', 'jupyter', 'cromwell', 'dask', 'celery'].map(
    (name) => [name, ended] as const,
  ),
  ...['docker', 'podman', 'nerdctl', 'singularity', 'apptainer', 'kubectl', 'systemd-run', 'ip', 'mount'].map(
    (name) => [name, ended] as const,
  ),
  ...['tcpdump', 'nmap', 'mail', 'mailx', 'sendmail', 'logrotate', 'magick', 'convert'].map(
    (name) => [name, ended] as const,
  ),
]);

/** Programs that are unsafe for any value of a participant: they read command lines, or start sessions. */
export const CLOSED_PROGRAMS: ReadonlySet<string> = new Set([
  ...['su', 'sg', 'newgrp', 'script', 'scriptreplay', 'at', 'batch', 'crontab', 'hyperfine', 'entr'],
  ...['vi', 'vim', 'nvim', 'ex', 'ed', 'emacs', 'gdb', 'lldb', 'dc', 'm4', 'maxima', 'sage', 'gp', 'ghci'],
  ...[
    'screen',
    'tmux',
    'expect',
    'dialog',
    'osascript',
    'firejail',
    'bwrap',
    'proot',
    'xonsh',
    'elvish',
    'nu',
  ],
]);

/** Programs that treat every word as data. */
export const PLAIN_PROGRAMS: ReadonlySet<string> = new Set([
  ...['echo', ':', 'true', 'false', 'for', 'case', 'select', 'exit', 'return', 'sleep', 'seq', 'expr'],
]);
