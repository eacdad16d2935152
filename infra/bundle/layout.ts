/** Paths in `dist/`. The modules that use them are in the folder of the programs. */
export const layout = {
  /** One folder for each function, with `index.mjs`. */
  functions: 'functions',
  stagingProgram: 'staging-program.txt',
  /** The programs that people start, and their modules. */
  programs: 'bin',
  /** The program that runs one function in its own process; in the folder of the programs. */
  functionRunner: 'function-runner.js',
  /** The program that starts the processes of containers; in the folder of the programs. */
  containerLauncher: 'container-launcher.js',
} as const;
