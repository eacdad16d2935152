/** Where things are in `dist/`. Whatever looks for them lies in the folder of the programs. */
export const layout = {
  /** One folder for each function, with `index.mjs`. */
  functions: 'functions',
  stagingProgram: 'staging-program.txt',
  /** What people start, and the modules that it is made of. */
  programs: 'bin',
  /** Runs one function in a process of its own; among the programs. */
  functionRunner: 'function-runner.js',
  /** Starts the processes of containers; among the programs. */
  containerLauncher: 'container-launcher.js',
} as const;
