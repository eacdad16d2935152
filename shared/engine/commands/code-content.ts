import { isChosen, type Seen } from './check.ts';
import { baseName, emptyWord, OTHER, type ShellWord, type SimpleCommand } from './shell-text.ts';

/**
 * Programs that write the content of the files among their operands, and how many operands before those are not files.
 * Of other programs, only operands with a slash or a participant's value count as files: `conda shell.bash hook`.
 */
const FILTERS: ReadonlyMap<string, number> = new Map([
  ...'cat head tail tac nl cut sort uniq base64 base32 xxd od strings shuf column paste join fold fmt rev expand'
    .split(' ')
    .map((name): [string, number] => [name, 0]),
  ...'zcat bzcat xzcat zstdcat gunzip bunzip2 unxz gzip tar bsdtar unzip unpigz openssl gpg uudecode'
    .split(' ')
    .map((name): [string, number] => [name, 0]),
  ...'m4 cpp iconv dos2unix jinja2 mustache tee ls find'
    .split(' ')
    .map((name): [string, number] => [name, 0]),
  ...'grep egrep fgrep rg sed awk gawk mawk jq yq gojq perl ruby'
    .split(' ')
    .map((name): [string, number] => [name, 1]),
]);
const OPTION = /^-/;
/** Maximum number of words that one word is made of; more than in any command that a person writes. Bounds the work. */
export const MAX_WORDS = 100;

/**
 * Reports the files whose content becomes part of a word that is run as code, as in `eval "$(cat file)"`: by command
 * substitution, also through shell variables.
 */
export function reportContent(word: ShellWord | undefined, seen: Seen): void {
  const words = word === undefined ? [] : [word];
  const known = new Set<unknown>();
  let left = MAX_WORDS;
  for (let next = words.pop(); next !== undefined; next = words.pop(), left -= 1) {
    if (left === 0 || words.length > MAX_WORDS) {
      seen.file(undefined);
      return;
    }
    for (const list of next.variables ?? []) {
      if (known.has(list)) continue;
      known.add(list);
      for (const made of list.slice(0, MAX_WORDS)) words.push(made);
    }
    for (const command of next.outputOf ?? []) {
      if (known.has(command)) continue;
      known.add(command);
      reportOutput(command, seen);
      words.push(...command.words.slice(1, MAX_WORDS), ...command.inputText.slice(0, MAX_WORDS));
    }
  }
}

/** Reports the files from which a command's output may be made. */
export function reportOutput({ words, input }: SimpleCommand, seen: Seen): void {
  for (const word of input) seen.file(word);
  const at = words.findIndex(({ shape }) => !/^(?:while|until|if|then|else|do|!|\{)$|=/.test(shape));
  const [program, ...args] = at < 0 ? [] : words.slice(at);
  const name = baseName(program);
  if (name === 'read' || name === 'mapfile' || name === 'readarray') seen.file(undefined);
  const skipped = FILTERS.get(name);
  const operands = args.filter(({ shape }) => !OPTION.test(shape));
  const hasCodeOption = args.some(({ shape }) =>
    /^-(?:[ef]$|-(?:expression|file|regexp|from-file))/.test(shape),
  );
  for (const word of operands.slice(hasCodeOption ? 0 : (skipped ?? 0))) {
    const isFile = skipped !== undefined || word.shape.includes('/') || word.references.some(isChosen);
    if (isFile) seen.file(word);
  }
}

/** Files through which a program reads its standard input. */
const STANDARD_INPUT = /^(?:-|\/dev\/(?:stdin|fd\/\d+)|\/proc\/self\/fd\/\d+)$/;

export const isStandardInput = ({ shape }: ShellWord): boolean => STANDARD_INPUT.test(shape);

/** Reports the standard input of a command that runs it as code. */
export function reportStandardInput(
  command: SimpleCommand,
  seen: Seen,
  ofText: (text: ShellWord) => void,
): void {
  for (const word of command.input) seen.file(word);
  if (command.piped) seen.file(undefined);
  for (const word of command.inputText) {
    reportContent(word, seen);
    ofText(word);
  }
}

/** Returns the word that a program such as xargs makes of each line of its input. */
export const lineOf = (command: SimpleCommand, file: ShellWord | undefined): ShellWord => {
  const reads = {
    words: [],
    input: [...command.input, ...(file ? [file] : [])],
    inputText: command.inputText,
  };
  const piped =
    command.piped && file === undefined ? [{ ...command, words: [{ ...emptyWord(), shape: 'read' }] }] : [];
  return { ...emptyWord(), shape: OTHER, outputOf: [{ ...command, ...reads }, ...piped] };
};

/** Functions and statements of several languages that run the file that follows; WEAK ones also have other uses. */
const RUNS_FILE =
  /(?<![.\w])(?:source|sys\.source|execfile|dofile|loadfile|evalfile|exec\(open)[ ("'`]{1,9}([^"'`\s(),;]+)/g;
const RUNS_FILE_OF_LIBRARY = /(?:\brun_path\(|^\.read )[ "']{0,9}([^"'`\s(),;]+)/gm;
const WEAK =
  /(?<![.\w])(?:import(?=\()|require|require_relative|load|do|include|include_once|run|render|knit)[ ("'`]{1,9}([^"'`\s(),;]+)/g;
/** Functions that run a command line, as a text. */
const RUNS_COMMAND =
  /\b(?:system|popen|passthru|shell_exec|proc_open|execSync|getoutput)[ (]{1,9}["']([^"'\n]{1,999})/g;
/** `eval(parse("file"))` and similar; only paths with a slash count. */
const EVALUATES = /\b(?:instance_eval|eval|exec)(?:\(| (?=File|IO))[^;\n"']{0,80}["']([^"'\s]{1,999})/g;
const CODE_PATH = /\/|\.(?:[cm]?js|r|rmd|qmd|jl|pl|rb|php|lua|m|sh)$/i;
const IMPORTS = /(?:^|[\s;])(?:import|from) {1,9}([\w.]+)/g;

/** Reports the files that the text of a program names as code, in the usual forms. */
export function reportNamed(code: string, python: boolean, seen: Seen): void {
  const weak = [...code.matchAll(WEAK)].filter(([, path = '']) => CODE_PATH.test(path));
  const named = [
    ...[...code.matchAll(RUNS_FILE), ...code.matchAll(RUNS_FILE_OF_LIBRARY), ...weak],
    ...[...code.matchAll(EVALUATES)].filter(([, path = '']) => path.includes('/')),
  ];
  for (const [, line = ''] of code.matchAll(RUNS_COMMAND)) seen.commandLine(line);
  for (const [, path = ''] of named) seen.file({ ...emptyWord(), shape: path });
  for (const [, module = ''] of python ? code.matchAll(IMPORTS) : [])
    seen.file({ ...emptyWord(), shape: `${module.replaceAll('.', '/')}.py` });
}
