import { invalid } from '../../errors.ts';
import { referenceOf } from '../../template/references.ts';

/** A part of a command. Placeholders are those of Python's `string.Template`, and `$[[…]]` references. */
export type CommandPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'reference'; readonly inner: string };

/**
 * Matches `$$`, `$[[…]]`, `$name`, `${name}`, and with its last, empty alternative every other `$`. Names are ASCII
 * (Python documentation, string.Template).
 */
const PLACEHOLDER =
  /\$(?:(?<dollar>\$)|\[\[(?<inner>.*?)\]\]|(?<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?<braced>[A-Za-z_][A-Za-z0-9_]*)\}|)/gs;

/**
 * Splits a command into its parts. `$$` becomes a literal `$` of the text.
 *
 * @throws FlowservError 400 `command.placeholder` with the command, for a `$` that is not followed by `$`, a name,
 *   `{name}` or `[[reference]]`.
 */
export function splitCommand(command: string): CommandPart[] {
  const parts: CommandPart[] = [];
  let end = 0;
  for (const match of command.matchAll(PLACEHOLDER)) {
    const { dollar, inner, name = match.groups?.braced } = match.groups ?? {};
    parts.push({ kind: 'text', text: command.slice(end, match.index) + (dollar ?? '') });
    end = match.index + match[0].length;
    if (inner !== undefined) {
      parts.push({ kind: 'reference', inner });
    } else if (name !== undefined) {
      parts.push({ kind: 'name', name });
    } else if (dollar === undefined) {
      throw invalidPlaceholder(command, match.index);
    }
  }
  parts.push({ kind: 'text', text: command.slice(end) });
  return parts.filter((part) => part.kind !== 'text' || part.text !== '');
}

/**
 * Returns the names that a command uses as `$name` and `${name}`.
 *
 * @throws FlowservError 400 `command.placeholder`, as splitCommand does.
 */
export function placeholders(command: string): Set<string> {
  return new Set(splitCommand(command).flatMap((part) => (part.kind === 'name' ? [part.name] : [])));
}

/**
 * Returns the branches of a conditional reference `name ? a : b`; the second is empty if omitted. Null for an
 * unconditional reference.
 */
export function conditionalBranches(inner: string): readonly [string, string] | null {
  const { branches } = referenceOf(inner);
  return branches === undefined ? null : [branches.whenTrue, branches.whenFalse ?? ''];
}

function invalidPlaceholder(command: string, index: number) {
  const line = command.slice(0, index).split('\n');
  const location = `line ${line.length}, column ${(line.at(-1)?.length ?? 0) + 1}`;
  return invalid(
    'command.placeholder',
    `invalid placeholder in command at ${location}, write $$ for a literal $: ${command.slice(0, 500)}`,
  );
}
