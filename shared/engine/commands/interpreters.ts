/**
 * Programs that take code as an argument or on their standard input.
 *
 * A value that is pasted into such code is read by a second interpreter, which no quoting of ours reaches.
 * The list is what is known; a program that is not on it, or one that builds code from its arguments, is
 * the template author's own concern.
 */
export interface Interpreter {
  /** Base name of the program. */
  readonly name: RegExp;
  /** An option whose next word is code. */
  readonly codeOption?: RegExp;
  /** An option that holds code itself. */
  readonly attachedCode?: RegExp;
  /** Another option that the interpreter evaluates. */
  readonly evaluatedOption?: RegExp;
  /** Whether the words after the code belong to it, so that they are never options of the interpreter. */
  readonly codeEndsOptions?: boolean;
  /** Options that are followed by words of their own, and how many. */
  readonly valueOptions?: Readonly<Record<string, number>>;
  /** Options that name a file with the code, so that no operand is code. */
  readonly fileOption?: RegExp;
  /** Position of the operand that is code. */
  readonly codeOperand?: number;
  /** Whether the operands after that one are code as well. */
  readonly restIsCode?: boolean;
  /** Whether code is read from standard input when there is no operand. */
  readonly stdin?: boolean;
  /** Whether options are also found after operands, as GNU programs do. */
  readonly permutes?: boolean;
  /** What to write instead. */
  readonly mend: string;
}

const SQL = 'use a program that binds the value as a parameter of the statement';
const argument = (example: string) => `pass the value as an argument after the code, e.g. ${example}`;

export const INTERPRETERS: readonly Interpreter[] = [
  {
    name: /^(?:ba|da|a|k|mk|pdk|y|z|c|tc|fi)?sh$/,
    codeOption: /^-[A-Za-z]*c[A-Za-z]*$|^--command$/,
    codeEndsOptions: true,
    stdin: true,
    mend: argument(`sh -c 'echo "$$1"' sh "\${name}"`),
  },
  {
    name: /^(?:su|runuser|script|flock|sg)$/,
    codeOption: /^-[A-Za-z]*c$|^--command$/,
    attachedCode: /^--command=/,
    mend: 'run the command without a second shell',
  },
  {
    name: /^(?:python|pypy|ipython)[\d.]*$/,
    codeOption: /^-[A-Za-z]*c$/,
    attachedCode: /^-[bBdEiIOqsSuvx]*c./,
    codeEndsOptions: true,
    valueOptions: { '-W': 1, '-X': 1 },
    stdin: true,
    mend: argument(`python -c 'import sys; print(sys.argv[1])' "\${name}"`),
  },
  {
    name: /^perl[\d.]*$/,
    codeOption: /^-[A-Za-z0-9]*[eE]$/,
    attachedCode: /^-[A-Za-z0-9]*[eE]./,
    evaluatedOption: /^-[mM]/,
    stdin: true,
    mend: argument(`perl -e 'print $$ARGV[0]' -- "\${name}"`),
  },
  {
    name: /^ruby[\d.]*$/,
    codeOption: /^-[A-Za-z]*e$/,
    attachedCode: /^-[A-Za-z]*e./,
    stdin: true,
    mend: argument(`ruby -e 'puts ARGV[0]' -- "\${name}"`),
  },
  {
    name: /^(?:node|nodejs|bun)$/,
    codeOption: /^-(?:e|p|pe|-eval|-print)$/,
    attachedCode: /^--(?:eval|print)=/,
    valueOptions: { '-r': 1, '--require': 1, '--import': 1 },
    stdin: true,
    mend: argument(`node -e 'console.log(process.argv[1])' -- "\${name}"`),
  },
  {
    name: /^php[\d.]*$/,
    codeOption: /^-[rBRE]$/,
    attachedCode: /^-[rBRE]./,
    stdin: true,
    mend: argument(`php -r 'echo $$argv[1];' -- "\${name}"`),
  },
  {
    name: /^(?:R|Rscript|littler)$/,
    codeOption: /^-e$/,
    permutes: true,
    stdin: true,
    mend: 'put the code into a file and pass the value to it as an argument',
  },
  {
    name: /^(?:julia|lua[\d.]*|octave|octave-cli|gnuplot|expect|groovy|scala|ghc|tclsh)$/,
    codeOption: /^-(?:[eEc]|-eval|-print)$/,
    attachedCode: /^(?:-[eE].|--(?:eval|print)=)/,
    stdin: true,
    mend: 'put the code into a file and pass the value to it as an argument',
  },
  {
    name: /^matlab$/,
    codeOption: /^-(?:r|batch)$/,
    mend: 'put the code into a file that reads the value from another file',
  },
  {
    name: /^(?:[gmn]?awk)$/,
    codeOption: /^(?:-e|--source)$/,
    attachedCode: /^--source=/,
    valueOptions: { '-F': 1, '-v': 1, '--field-separator': 1, '--assign': 1 },
    fileOption: /^-(?:f|-file)/,
    codeOperand: 0,
    mend: `pass the value with -v, e.g. awk -v name="\${name}" '…name…'`,
  },
  {
    name: /^g?sed$/,
    codeOption: /^-[A-Za-z]*e$|^--expression$/,
    attachedCode: /^-[nErsuz]*e.|^--expression=/,
    fileOption: /^-(?:f|-file)/,
    codeOperand: 0,
    permutes: true,
    mend: 'use a program that takes the value as an argument (a sed script can run commands)',
  },
  {
    name: /^(?:jq|gojq|jaq|yq)$/,
    valueOptions: { '--arg': 2, '--argjson': 2, '--slurpfile': 2, '--rawfile': 2, '--indent': 1, '-L': 1 },
    fileOption: /^-(?:f|-from-file)/,
    codeOperand: 0,
    mend: `pass the value with --arg, e.g. jq --arg name "\${name}" '….$$name'`,
  },
  {
    name: /^(?:psql|mysql|mariadb)$/,
    codeOption: /^-(?:c|e|-command|-execute)$/,
    attachedCode: /^(?:--(?:command|execute)=|-[ce].)/,
    stdin: true,
    permutes: true,
    mend: SQL,
  },
  {
    name: /^(?:sqlite3|duckdb)$/,
    codeOption: /^--?(?:c|cmd)$/,
    codeOperand: 1,
    restIsCode: true,
    stdin: true,
    permutes: true,
    mend: SQL,
  },
  {
    name: /^ssh$/,
    codeOption: /^-o$/,
    valueOptions: {
      '-i': 1,
      '-p': 1,
      '-l': 1,
      '-F': 1,
      '-J': 1,
      '-L': 1,
      '-R': 1,
      '-D': 1,
      '-c': 1,
      '-m': 1,
    },
    codeOperand: 1,
    restIsCode: true,
    mend: 'copy the value in a file (the other host parses the command again)',
  },
  {
    name: /^(?:g?make|watch|parallel)$/,
    valueOptions: { '-C': 1, '-f': 1, '-n': 1 },
    codeOperand: 0,
    restIsCode: true,
    mend: 'write the value to a file that the command reads',
  },
];

/** A program that runs another one, named by its first operand, or by a later one. */
export interface Wrapper {
  readonly valueOptions: readonly string[];
  /** Operands before the program. */
  readonly operands: number;
}

const plain: Wrapper = { valueOptions: [], operands: 0 };

export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map([
  ['builtin', plain],
  ['busybox', plain],
  ['command', plain],
  ['nohup', plain],
  ['setsid', plain],
  ['time', plain],
  ['exec', { valueOptions: ['-a'], operands: 0 }],
  ['env', { valueOptions: ['-u', '--unset', '-C', '--chdir'], operands: 0 }],
  ['nice', { valueOptions: ['-n', '--adjustment'], operands: 0 }],
  ['ionice', { valueOptions: ['-c', '-n'], operands: 0 }],
  ['stdbuf', { valueOptions: ['-i', '-o', '-e'], operands: 0 }],
  ['sudo', { valueOptions: ['-u', '-g'], operands: 0 }],
  ['timeout', { valueOptions: ['-s', '--signal', '-k', '--kill-after'], operands: 1 }],
  ['xargs', { valueOptions: ['-I', '-n', '-P', '-L', '-d', '-a', '-E', '-s'], operands: 0 }],
  ['chroot', { valueOptions: [], operands: 1 }],
]);
