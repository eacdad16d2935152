import { isChosen, type Seen } from './check.ts';
import { MAX_WORDS, reportContent, reportOutput } from './code-content.ts';
import { baseName, emptyWord, type ShellWord, type SimpleCommand } from './shell-text.ts';

/** Programs that copy operands to the last one, or to the folder of `-t`. */
const COPIERS = /^(?:cp|mv|ln|install|rsync|scp)$/;
/** Programs that unpack an archive, and the options that name the folder. */
const UNPACKERS = /^(?:g?tar|bsdtar|unzip|7z[azr]?|cpio|jar|unar)$/;
const FOLDER = /^(?:-C|-d|-o(?=.)|--directory=?|-D)/;
const PACKS = /^(?:-?[a-bd-zA-Z]*c[A-Za-z]*$|--create|-[lptZ]\w*$|--list|-?tv?f?$|l$)/;
/** Programs that fetch what an argument names, and the options that name the file. */
const FETCHERS = /^(?:curl|wget|git|hf|huggingface-cli|aria2c)$/;
const FETCHED = /^(?:-o|-O|--output(?:-document)?=?|--local-dir=?)/;

/** Programs that write their arguments. */
const WRITERS = /^(?:echo|printf)$/;
/** A source whose content is copied instead of the folder itself. */
const CONTENT = /(?:^|\/)\.?$/;

/** Reports which files a command copies, and where. A file that is copied and then run is code. */
export function reportCopies(
  program: ShellWord,
  args: readonly ShellWord[],
  command: SimpleCommand,
  seen: Seen,
): void {
  const name = baseName(program);
  const sources: (ShellWord | undefined)[] = [];
  const collect: Seen = { ...seen, file: (word) => sources.push(word) };
  const operands = args.filter(({ shape }) => !shape.startsWith('-'));
  const copyAll = (from: readonly (ShellWord | undefined)[], to: ShellWord) => {
    for (const word of from) seen.copy(word, to, CONTENT.test(word?.shape ?? ''));
  };
  if (command.output.length > 0 || name === 'tee') {
    reportOutput(command, collect);
    for (const word of [...(WRITERS.test(name) ? args : []), ...command.inputText])
      reportContent(word, collect);
    if (command.piped) sources.push(undefined);
    const targets = name === 'tee' ? [...operands, ...command.output] : command.output;
    if (targets.length > MAX_WORDS) seen.file(undefined);
    for (const to of targets.slice(0, MAX_WORDS)) copyAll(sources, to);
  }
  const folder = optionValue(args, COPIERS.test(name) ? /^(?:-t|--target-directory=?)/ : FOLDER);
  if (COPIERS.test(name)) {
    const to = folder ?? operands.at(-1);
    if (to)
      copyAll(
        operands.filter((word) => word !== to),
        to,
      );
  } else if (UNPACKERS.test(name) && !PACKS.test(args[0]?.shape ?? '')) {
    const here = { ...emptyWord(), shape: '.' };
    const isMode = ({ shape }: ShellWord) =>
      shape === args[0]?.shape && /^[a-z]+$/.test(shape) && name !== 'unzip';
    const from = operands.filter((word) => word !== folder && !isMode(word));
    const all = [...from, ...command.input, ...(command.piped ? [undefined] : [])];
    for (const word of all) seen.copy(word, folder ?? here, true);
  } else if (FETCHERS.test(name)) {
    const to = optionValue(args, FETCHED) ?? (name === 'git' ? operands.at(-1) : undefined);
    if (to)
      copyAll(
        operands.filter(({ references }) => references.some(isChosen)),
        to,
      );
  } else if (name === 'dd') {
    const at = (option: string) => args.find(({ shape }) => shape.startsWith(option));
    const [from, to] = [at('if='), at('of=')];
    if (to) copyAll(from ? [cut(from, 3)] : [undefined, ...command.input], cut(to, 3));
  }
}

function optionValue(args: readonly ShellWord[], option: RegExp): ShellWord | undefined {
  const at = args.findIndex(({ shape }) => option.test(shape));
  const word = args[at];
  if (word === undefined) return undefined;
  const [found = ''] = option.exec(word.shape) ?? [];
  return word.shape === found ? args[at + 1] : cut(word, found.length);
}

const cut = (word: ShellWord, length: number): ShellWord => ({ ...word, shape: word.shape.slice(length) });
