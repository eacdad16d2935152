/**
 * Files that programs load from their working folder although no command names them. A participant's file at such a
 * path would become part of an organiser's step.
 */

/**
 * Settings and code that programs look for in their working folder, or above the script that they run. Names that begin
 * with a dot all count.
 */
const LOOKED_UP: ReadonlySet<string> = new Set(
  [
    // JavaScript
    'node_modules package.json bunfig.toml deno.json deno.jsonc deno.lock tsconfig.json jsconfig.json',
    'pnpm-workspace.yaml',
    // Files of tasks
    'makefile gnumakefile bsdmakefile rakefile rakefile.rb gemfile gems.rb config.ru thorfile snakefile justfile',
    'tasks.py fabfile.py noxfile.py dodo.py wscript sconstruct site_scons build.ninja meson.build dvc.yaml',
    'nextflow.config latexmkrc',
    // Builds
    'gradle.properties settings.gradle settings.gradle.kts pom.xml meta-inf go.work go.mod cargo.toml cargo.lock',
    'rust-toolchain rust-toolchain.toml global.json nuget.config config.nims nim.cfg dmd.conf ldc2.conf fpc.cfg',
    'gnat.adc package.swift lean-toolchain lakefile.lean lakefile.toml mix.exs deps.edn bb.edn',
    // Python
    'conftest.py pytest.ini pytest.toml tox.ini setup.cfg pyproject.toml uv.toml poetry.toml pixi.toml mise.toml',
    'pipfile __pypackages__ mypy.ini pylintrc unittest.cfg matplotlibrc luigi.cfg luigi.toml client.cfg',
    'scrapy.cfg alembic.ini profile_default',
    // Java
    'application.properties application.yml application.yaml logging.properties',
    // Other languages and tools
    'startup.m pkg_add project.toml manifest.toml juliaproject.toml juliamanifest.toml localpreferences.toml',
    'autoexec.sas sasv9.cfg profile.do _targets.r _targets.yaml config.yml phpunit.xml phpunit.xml.dist topfind',
    'rootlogon.c rootalias.c rootlogoff.c petscrc scilab.ini scip.set gurobi.env ipopt.opt _extensions',
    'flake.nix shell.nix default.nix',
  ].flatMap((names) => names.split(' ')),
);
/**
 * Settings of IPython and Jupyter's programs, of JavaScript tools, of MSBuild and Weka, of Java's logs, of Quarto and of
 * PyMOL.
 */
const CONFIGURES =
  /^(?:(?:ipython|jupyter)\w*_config\.(?:py|json)|[\w-]+\.config\.(?:[cm]?[jt]sx?|json)|(?:directory\.\w+|\w+)\.(?:props|targets|rsp)|log(?:4j|back).*|_quarto.*|pymolrc.*|manifest-v.*\.toml)$/;
/** The same further below. */
const BELOW = [
  'profiles/default',
  'workflow/snakefile',
  'workflow/profiles',
  'config/application',
  'tools/bazel',
];

/**
 * Whether programs look for a path relative to the run directory by themselves.
 *
 * @param isLink whether a link is at the path, below which everything may be.
 */
export function isLookedUp(path: string, isLink = false): boolean {
  const plain = path.toLowerCase();
  const top = plain.split('/', 1)[0] ?? '';
  if (top.startsWith('.') || LOOKED_UP.has(top) || CONFIGURES.test(top)) return true;
  return BELOW.some((one) => plain.startsWith(one) || (isLink && one.startsWith(`${plain}/`)));
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
  'perl',
  'ruby',
  'awk',
  'ocaml',
] as const;
export type ImportingLanguage = (typeof importingLanguages)[number];

/** Files of each language that can replace or add code, at any depth: packages are folders. */
const MODULES: Readonly<Record<ImportingLanguage, RegExp>> = {
  python: /\.(?:py|pyc|pyd|so)$|\.(?:dist|egg)-info(?:\/|$)/i,
  octave: /\.(?:m|mlx|p|oct|mex\w*|slx|mdl)$/i,
  java: /\.class$/i,
  php: /\.(?:php\d?|phtml|phar|inc)$/i,
  lua: /\.(?:lua|so)$/i,
  haskell: /\.(?:hs|lhs|hs-boot|hi|o)$/i,
  erlang: /\.beam$/i,
  stata: /\.(?:ado|mata|mlib|mo)$/i,
  tex: /\.(?:sty|cls|def|cfg|clo|fd|ldf|tex|lua|fmt|ini)$/i,
  perl: /\.(?:pmc?|ph|al|ix)$/i,
  ruby: /\.(?:rb|so)$/i,
  awk: /\.awk$|^(?:getopt|inplace|join|ord|quicksort|readfile|walkarray)$/i,
  ocaml: /\.(?:mli?|cm[aiox]|cmxs|so)$/i,
};

/** Whether the programs of a language may load a path relative to the run directory as code. */
export const isModuleOf = (language: ImportingLanguage, path: string): boolean =>
  MODULES[language].test(path);
