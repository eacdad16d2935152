import { FlowservError, invalid } from '../errors.ts';
import { namesOf } from './commands/command-names.ts';
import { type CommandContext, type ExpandedCommand, expandCommand } from './commands/commands.ts';
import { VARIABLE_PREFIX } from './commands/shell-text.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** A command's use of a variable that an earlier step sets. */
export interface ResultUse {
  /** Index of the step whose result is the value. */
  readonly step: number;
  /** Whether the value must not be an option of a program (`-x`). */
  readonly operand: boolean;
}

interface ExpandedWithResults extends ExpandedCommand {
  /** Variable of the shell, `FLOWSERV_ARG_…` → its use. */
  readonly results: ReadonlyMap<string, ResultUse>;
}

/**
 * Stand for a value that is known only when the step starts: several words, so that an unquoted reference is refused,
 * and an option. No argument equals them, because none contains NUL.
 */
const WORDS = 'x y\0';
const OPTION = '-x\0';

/**
 * Expands a command in which variables may be results of earlier steps. Such a value is free text: it must be in
 * quotes, and it is checked when the step starts.
 *
 * @param results variable → index of the step that sets it.
 * @throws FlowservError as `expandCommand`; `command.unsafe` also for a result without quotes, or with `expansion: text`.
 */
export function expandWithResults(
  command: string,
  context: CommandContext,
  results: ReadonlyMap<string, number>,
): ExpandedWithResults {
  const names = [...results.keys()].filter((name) => !context.fixed.has(name));
  const used =
    context.expansion === 'text' ? [...namesOf(command)].find((name) => names.includes(name)) : undefined;
  if (used !== undefined) {
    const fix = "leave out 'expansion: text' for this step, or let the code step write a file";
    throw invalid(
      'command.unsafe',
      `'${used}' is the result of a step, which is never text of a command; ${fix}`,
    );
  }
  const kinds = new Map([...context.kinds, ...names.map((name): [string, 'text'] => [name, 'text'])]);
  const expand = (values: readonly (readonly [string, string])[], more: Partial<CommandContext> = {}) =>
    expandCommand(command, {
      ...context,
      kinds,
      variables: new Map([...context.variables, ...values]),
      ...more,
    });
  const unknown = names.map((name) => [name, WORDS] as const);
  const { text, variables } = expand(unknown);
  const known = new Map([...variables].filter(([, value]) => value !== WORDS));
  const uses = names.flatMap((name): [string, ResultUse][] => {
    const variable = `${VARIABLE_PREFIX}${name}`;
    if (variables.get(variable) !== WORDS) return [];
    const withOption = [...unknown.filter(([other]) => other !== name), [name, OPTION] as const];
    const operand = isRefused(() => expand(withOption, { note: () => undefined }));
    return [[variable, { step: results.get(name) ?? 0, operand }]];
  });
  return { text, variables: known, results: new Map(uses) };
}

function isRefused(expand: () => unknown): boolean {
  try {
    expand();
    return false;
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    return true;
  }
}

/** Returns the variables that the organiser's code steps before a step set, with the index of the last that does. */
export function resultsBefore({ steps }: SerialWorkflow, index: number): ReadonlyMap<string, number> {
  const setters = steps
    .slice(0, index)
    .flatMap(({ action }, at): [string, number][] =>
      action.kind === 'code' && action.result !== null ? [[action.result, at]] : [],
    );
  return new Map(setters);
}
