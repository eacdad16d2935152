/**
 * Programs that take code as an argument or on their standard input.
 *
 * A second interpreter reads a value that is pasted into such code, and our quoting does not apply there. The list
 * contains the known programs. An organiser's program that builds code from its arguments is the organiser's own
 * responsibility.
 */
export interface Interpreter {
  /** Base name of the program. */
  readonly name: RegExp;
  /** An option whose next word is code. */
  readonly codeOption?: RegExp;
  /** An option that contains code itself. */
  readonly attachedCode?: RegExp;
  /** Another option that the interpreter evaluates. */
  readonly evaluatedOption?: RegExp;
  /** Whether the words after the code belong to the code, so that they are never options of the interpreter. */
  readonly codeEndsOptions?: boolean;
  /** Options with words of their own, and how many. */
  readonly valueOptions?: Readonly<Record<string, number>>;
  /** The same for options whose words are data. */
  readonly dataOptions?: Readonly<Record<string, number>>;
  /** Option whose remainder or next word is a module of the interpreter, to which all further words belong. */
  readonly moduleOption?: RegExp;
  /** Whether the first operand is the file with the code, and the further words belong to it. */
  readonly script?: boolean;
  /** Options that name a file with the code, so that no operand is code. */
  readonly fileOption?: RegExp;
  /** Position of the operand that is code. */
  readonly codeOperand?: number;
  /** Whether the operands after that one are code as well. */
  readonly restIsCode?: boolean;
  /** Whether its code is command lines. */
  readonly shell?: boolean;
  /** Whether code is read from standard input if there is no operand. */
  readonly stdin?: boolean;
  /** Whether options are also found after operands, as GNU programs do. */
  readonly permutes?: boolean;
  /** What to write instead. */
  readonly fix: string;
}

const SQL = 'use a program that binds the value as a parameter of the statement';
const argument = (example: string) => `pass the value as an argument after the code, e.g. ${example}`;

const FILE = 'put the code into a file and pass the value to it as an argument';

export const INTERPRETERS: readonly Interpreter[] = [
  {
    name: /^(?:ba|da|a|k|mk|pdk|y|z|c|tc|fi)?sh$/,
    codeOption: /^-(?=[A-Za-z]*$)[^c]*c|^--command$/,
    codeEndsOptions: true,
    valueOptions: { '-o': 1, '-O': 1, '--rcfile': 1, '--init-file': 1 },
    shell: true,
    script: true,
    stdin: true,
    fix: argument(`sh -c 'echo "$$1"' sh "\${name}"`),
  },
  {
    name: /^(?:python|pypy|ipython)[\d.]*$/,
    codeOption: /^-[A-Za-z]*c$/,
    attachedCode: /^-[bBdEiIOqsSuvx]*c./,
    codeEndsOptions: true,
    valueOptions: { '-W': 1, '-X': 1 },
    moduleOption: /^-[bBdEiIOPqsSuvx]*m(.*)$/s,
    script: true,
    stdin: true,
    fix: argument(`python -c 'import sys; print(sys.argv[1])' "\${name}"`),
  },
  {
    name: /^perl[\d.]*$/,
    codeOption: /^-[A-Za-z0-9]*[eE]$/,
    attachedCode: /^-[A-Za-z0-9]*[eE]./,
    evaluatedOption: /^-[mM]/,
    script: true,
    stdin: true,
    fix: argument(`perl -e 'print $$ARGV[0]' -- "\${name}"`),
  },
  {
    name: /^ruby[\d.]*$/,
    codeOption: /^-[A-Za-z]*e$/,
    attachedCode: /^-[A-Za-z]*e./,
    script: true,
    stdin: true,
    fix: argument(`ruby -e 'puts ARGV[0]' -- "\${name}"`),
  },
  {
    name: /^(?:node|nodejs|bun|tsx|ts-node)$/,
    codeOption: /^-(?:e|p|pe|-eval|-print)$/,
    attachedCode: /^--(?:eval|print)=/,
    valueOptions: { '-r': 1, '--require': 1, '--import': 1, '--loader': 1, '-C': 1 },
    script: true,
    stdin: true,
    fix: argument(`node -e 'console.log(process.argv[1])' -- "\${name}"`),
  },
  {
    name: /^php[\d.]*$/,
    codeOption: /^-[rBRE]$/,
    attachedCode: /^-[rBRE]./,
    script: true,
    stdin: true,
    fix: argument(`php -r 'echo $$argv[1];' -- "\${name}"`),
  },
  {
    name: /^(?:R|Rscript|littler)$/,
    codeOption: /^-e$/,
    script: true,
    stdin: true,
    fix: FILE,
  },
  {
    name: /^(?:julia|lua[\d.]*|octave|octave-cli|gnuplot|expect|groovy|scala|ghc|tclsh)$/,
    codeOption: /^-(?:[eEc]|-eval|-print)$/,
    attachedCode: /^(?:-[eE].|--(?:eval|print)=)/,
    script: true,
    stdin: true,
    fix: FILE,
  },
  {
    name: /^matlab$/,
    codeOption: /^-(?:r|batch)$/,
    fix: 'put the code into a file that reads the value from another file',
  },
  {
    name: /^(?:[gmn]?awk)$/,
    codeOption: /^(?:-e|--source)$/,
    attachedCode: /^--source=/,
    dataOptions: { '-F': 1, '-v': 1, '--field-separator': 1, '--assign': 1 },
    fileOption: /^-(?:f|-file)/,
    codeOperand: 0,
    fix: `pass the value with -v, e.g. awk -v name="\${name}" '…name…'`,
  },
  {
    name: /^g?sed$/,
    codeOption: /^-[A-Za-z]*e$|^--expression$/,
    attachedCode: /^-[nErsuz]*e.|^--expression=/,
    fileOption: /^-(?:f|-file)/,
    codeOperand: 0,
    permutes: true,
    fix: 'use a program that takes the value as an argument (a sed script can run commands)',
  },
  {
    name: /^(?:jq|gojq|jaq|yq)$/,
    valueOptions: { '-L': 1 },
    dataOptions: { '--arg': 2, '--argjson': 2, '--slurpfile': 2, '--rawfile': 2, '--indent': 1 },
    fileOption: /^-(?:f|-from-file)/,
    codeOperand: 0,
    permutes: true,
    fix: `pass the value with --arg, e.g. jq --arg name "\${name}" '….$$name'`,
  },
  {
    name: /^(?:psql|mysql|mariadb)$/,
    codeOption: /^-(?:c|e|-command|-execute)$/,
    attachedCode: /^(?:--(?:command|execute)=|-[ce].)/,
    stdin: true,
    permutes: true,
    fix: SQL,
  },
  {
    name: /^(?:sqlite3|duckdb)$/,
    codeOption: /^--?(?:c|cmd)$/,
    codeOperand: 1,
    restIsCode: true,
    stdin: true,
    permutes: true,
    fix: SQL,
  },
  {
    name: /^ssh$/,
    codeOption: /^-o$/,
    valueOptions: { '-F': 1, '-J': 1, '-L': 1, '-R': 1, '-D': 1, '-c': 1, '-m': 1 },
    dataOptions: { '-i': 1, '-p': 1, '-l': 1 },
    codeOperand: 1,
    restIsCode: true,
    fix: 'copy the value in a file (the other host parses the command again)',
  },
  {
    name: /^(?:g?make|watch|parallel)$/,
    valueOptions: { '-C': 1, '-f': 1, '-n': 1 },
    codeOperand: 0,
    restIsCode: true,
    fix: 'write the value to a file that the command reads',
  },
  { name: /^(?:\.|source)$/, script: true, fix: 'run the file with sh' },
  {
    name: /^timeit$/,
    codeOption: /^(?:-s|--setup)$/,
    attachedCode: /^(?:-s.|--setup=)/,
    codeOperand: 0,
    restIsCode: true,
    fix: 'measure a function of a file, which takes the value as an argument',
  },
  { name: /^i?pdb$/, codeOption: /^-c$/, attachedCode: /^-c./, script: true, fix: FILE },
  {
    name: /^(?:pwsh|powershell)$/i,
    fileOption: /^-f(?:ile)?$/i,
    codeOperand: 0,
    restIsCode: true,
    stdin: true,
    fix: 'put the code into a file and run it with -File',
  },
  { name: /^deno$/, codeOperand: 1, fix: FILE },
  {
    name: /^java$/,
    valueOptions: { '-cp': 1, '-classpath': 1, '--class-path': 1, '-p': 1, '--module-path': 1 },
    script: true,
    fix: 'name the class',
  },
  {
    name: /^(?:pdf|xe|lua|e|up)?(?:la)?tex(?:mk)?$/,
    script: true,
    fix: 'write the value to a file that the document reads',
  },
];
