import { type FlowservError, invalid } from '../../errors.ts';
import type { Expansion } from '../serial-workflow.ts';
import { checkCodeArguments } from './code-arguments.ts';
import { type CommandPart, conditionalBranches, splitCommand } from './placeholders.ts';
import { scanShell } from './shell-scanner.ts';
import { type ShellSymbol, VARIABLE_PREFIX } from './shell-text.ts';
import type { ValueKind } from './value-kind.ts';

export interface CommandContext {
  /** Text forms of the workflow's variables. */
  readonly variables: ReadonlyMap<string, string>;
  /** Text of the worker's fixed variables. It is part of the command, not data, and overrides `variables`. */
  readonly fixed: ReadonlyMap<string, string>;
  /** Returns the text form of the `$[[…]]` reference with this content. */
  readonly textOfReference: (inner: string) => string;
  readonly expansion: Expansion;
  /** The kind of each variable's values; unknown variables are free text. */
  readonly kinds: ReadonlyMap<string, ValueKind>;
  /** Returns the kind of the value of the `$[[…]]` reference with this content. */
  readonly kindOfReference: (inner: string) => ValueKind;
  /** Receives advice for the organiser about a command that can be used. */
  readonly note?: (reason: string) => void;
}

export interface ExpandedCommand {
  /** Shell text. */
  readonly text: string;
  /** Values by name of the shell variable, `FLOWSERV_ARG_…`; only those that the text uses. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A reference, but not after an escaped `$`. */
const REFERENCE = /\$\$|\$\[\[(.*?)\]\]/gs;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Expands a command: `${x}` and `$x` by the rules of Python's `string.Template`, names without a value to themselves
 * (`${python}` to `python`), and `$[[…]]` references (flowServ engine specification, command expansion).
 *
 * Values do not become part of the text. Each is a shell variable, so quotes, `;`, `$(…)` and line breaks in it stay
 * data. In quotes the value arrives unchanged. Without quotes the shell splits it at blanks, tabs and line breaks, and
 * replaces a part with `*`, `?` or `[…]` by the names of matching files, if any. A value pasted into the text behaves
 * the same, except that quotes and backslashes in the value are characters of the pattern. A participant's value is
 * rejected if it would be several words, or an option of the program. With `expansion: text` values are pasted, as in
 * the original.
 *
 * @returns The text without blanks at its ends, and the values that it needs.
 * @throws FlowservError 400 `command.placeholder` for a `$` that is not a placeholder; `command.unsafe` for a
 *   reference whose value would be run as code. Both name the command.
 */
export function expandCommand(command: string, context: CommandContext): ExpandedCommand {
  if (context.expansion === 'text') {
    return { text: pasteValues(command, context), variables: new Map() };
  }
  const values = new Map<string, string>();
  const symbols = shellSymbols(splitCommand(command), context, values);
  if (values.size === 0) {
    return { text: symbols.join('').trim(), variables: new Map() };
  }
  const refuse = (reason: string, fix: string) => unsafe(command, reason, fix);
  const { text, commands } = scanShell(symbols, refuse);
  checkCodeArguments(commands, refuse, context.note);
  const variables = new Map([...values].map(([name, value]) => [`${VARIABLE_PREFIX}${name}`, value]));
  return { text: text.trim(), variables };
}

/** Returns text and constants as characters, and each value as a reference recorded in `values`. */
export function shellSymbols(
  parts: readonly CommandPart[],
  context: CommandContext,
  values: Map<string, string>,
): ShellSymbol[] {
  return parts.flatMap((part): ShellSymbol[] => {
    if (part.kind === 'text') {
      return part.text.split('');
    }
    if (part.kind === 'name') {
      const value = context.variables.get(part.name);
      const fixed = context.fixed.get(part.name);
      if (fixed !== undefined || value === undefined) {
        return (fixed ?? part.name).split('');
      }
      values.set(part.name, value);
      return [{ variable: part.name, kind: context.kinds.get(part.name) ?? 'text', value }];
    }
    const value = context.textOfReference(part.inner);
    if (conditionalBranches(part.inner) !== null) {
      // The branches are text of the template, so they may contain quotes, blanks and placeholders.
      return shellSymbols(splitCommand(value), context, values);
    }
    const variable = referenceVariable(part.inner.trim(), value, context.variables);
    values.set(variable, value);
    return [{ variable, kind: context.kindOfReference(part.inner), value }];
  });
}

/**
 * Returns the shell variable for a parameter: its name, or a generated name if it is not a shell identifier or if the
 * workflow uses it for another value.
 */
function referenceVariable(name: string, value: string, variables: ReadonlyMap<string, string>): string {
  const free = (candidate: string) => (variables.get(candidate) ?? value) === value;
  let variable = IDENTIFIER.test(name) && free(name) ? name : `ref_${Buffer.from(name).toString('hex')}`;
  while (!free(variable)) {
    variable += '_';
  }
  return variable;
}

/** The original's expansion: references first, then placeholders, both as plain text. */
function pasteValues(command: string, context: CommandContext): string {
  const pasted = command.replace(REFERENCE, (match, inner?: string) =>
    inner === undefined ? match : context.textOfReference(inner),
  );
  const parts = splitCommand(pasted).map((part) => {
    if (part.kind === 'name') {
      return context.fixed.get(part.name) ?? context.variables.get(part.name) ?? part.name;
    }
    return part.kind === 'text' ? part.text : context.textOfReference(part.inner);
  });
  return parts.join('').trim();
}

function unsafe(command: string, reason: string, fix: string): FlowservError {
  return invalid(
    'command.unsafe',
    `${reason}: ${fix}; or set 'expansion: text' on the step, which lets an argument run commands in it. ` +
      `Command: ${command.slice(0, 500)}`,
  );
}
