import type { Root } from '../template/static-paths.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** What ends a word of a command, as far as names of files matter. */
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$[\]]+/;
/** Programs that import from the working folder unless they are given a script. */
const PYTHON = /^(?:python|pypy)[\d.]*$/;
const TAKES_VALUE = /^-[A-Za-z]*[WX]$/;

/**
 * How the organiser's steps use the run directory itself: whether their commands take code from it, where a file that
 * comes from elsewhere could take the place of a module.
 *
 * @param files paths of the static files.
 * @param config engine configuration of the workflow, whose variables are text of commands as well.
 * @returns `closed` where a command names a static file in it, `imports` where one runs Python without a script.
 */
export function rootOf(workflow: SerialWorkflow, files: Iterable<string>, config: unknown = null): Root {
  const names = new Set([...files].filter((path) => !path.includes('/')));
  const actions = workflow.steps.flatMap(({ action }) => (action.kind === 'container' ? [action] : []));
  const commands = actions.flatMap((action) => action.commands);
  const values = [...workflow.parameters.values(), ...actions.flatMap(({ env }) => [...env.values()])];
  const texts = [...commands, ...values.map((value) => JSON.stringify(value) ?? ''), JSON.stringify(config)];
  if (texts.some((text) => namesFile(text, names))) return 'closed';
  return commands.some(importsHere) ? 'imports' : 'open';
}

function namesFile(text: string, names: ReadonlySet<string>): boolean {
  const words = text.split(BETWEEN_WORDS).map((word) => word.replace(/^(?:PWD|\.)?\/+/, ''));
  if (words.some((word) => names.has(word) || names.has(`${word}.class`))) return true;
  if (words.some((word, index) => names.has(`${word}.py`) && words[index - 1]?.endsWith('m'))) return true;
  // Names with blanks or signs of the shell are no words.
  return [...names].some((name) => BETWEEN_WORDS.test(name) && text.includes(name));
}

/** Whether Python runs a module (`-m`), a text (`-c`) or its input: it looks for modules in the working folder then. */
function importsHere(command: string): boolean {
  const words = command.split(/[\s"';|&(){}`$]+/);
  return words.some((word, at) => {
    if (!PYTHON.test(word.slice(word.lastIndexOf('/') + 1))) return false;
    let next = at + 1;
    for (; /^-./.test(words[next] ?? ''); next += 1) {
      const option = words[next] ?? '';
      if (/^-[A-Za-z]*[mc]/.test(option)) return true;
      if (TAKES_VALUE.test(option)) next += 1;
    }
    return words[next] === undefined || /^(?:-$|<|$)/.test(words[next] ?? '');
  });
}
