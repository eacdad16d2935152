/**
 * Files that programs load from their working folder although no command names them. A participant's file at such a
 * path would become part of an organiser's step.
 */

/** Settings and code that programs look for in their working folder, or above the script that they run. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  ...['node_modules', 'package.json', 'bunfig.toml', 'deno.json', 'deno.jsonc', 'tsconfig.json', '.npmrc'],
  ...[
    'makefile',
    'gnumakefile',
    'rakefile',
    'gemfile',
    '.bundle',
    'snakefile',
    'justfile',
    'nextflow.config',
  ],
  ...['gradle.properties', 'settings.gradle', 'settings.gradle.kts', 'latexmkrc', '.mvn', '.cargo'],
  ...['go.work', 'go.mod', 'meta-inf'],
  ...['conftest.py', 'pytest.ini', 'pytest.toml', '.pytest.ini', 'tox.ini', 'setup.cfg', 'pyproject.toml'],
  ...['uv.toml', 'poetry.toml', 'pixi.toml', 'mise.toml', 'mypy.ini', 'pylintrc', 'unittest.cfg'],
  ...['matplotlibrc', 'luigi.cfg', '.coveragerc', 'profile_default'],
  ...['.rprofile', '.renviron', '.rdata', '.octaverc', 'startup.m', '.gdbinit', '.irbrc'],
  ...['juliaproject.toml', 'autoexec.sas', 'sasv9.cfg', 'profile.do'],
]);
/** Settings of IPython and Jupyter's programs, and settings of JavaScript tools that are modules. */
const CONFIGURES = /^(?:ipython|jupyter)\w*_config\.(?:py|json)$|^[\w-]+\.config\.[cm]?[jt]s$/;

/** Whether programs look for a path relative to the run directory by themselves. */
export function isLookedUp(path: string): boolean {
  const top = (path.split('/', 1)[0] ?? '').toLowerCase();
  return LOOKED_UP.has(top) || CONFIGURES.test(top);
}

/** Languages whose programs can load code from their working folder although the program is in another folder. */
export const importingLanguages = [
  'python',
  'octave',
  'java',
  'php',
  'lua',
  'haskell',
  'erlang',
  'stata',
  'tex',
] as const;
export type ImportingLanguage = (typeof importingLanguages)[number];

/** Files of each language that can replace or add code, at any depth: packages are folders. */
const MODULES: Readonly<Record<ImportingLanguage, RegExp>> = {
  python: /\.(?:py|pyc|pyd|so)$|\.(?:dist|egg)-info(?:\/|$)/i,
  octave: /\.(?:m|mlx|p|oct|mex\w*)$/i,
  java: /\.class$/i,
  php: /\.(?:php\d?|phtml|phar|inc)$/i,
  lua: /\.(?:lua|so)$/i,
  haskell: /\.(?:hs|lhs|hs-boot|hi|o)$/i,
  erlang: /\.beam$/i,
  stata: /\.(?:ado|mata|mlib|mo)$/i,
  tex: /\.(?:sty|cls|def|cfg|clo|fd|ldf|tex|lua)$/i,
};

/** Whether the programs of a language may load a path relative to the run directory as code. */
export const isModuleOf = (language: ImportingLanguage, path: string): boolean =>
  MODULES[language].test(path);
