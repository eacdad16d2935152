import {
  type CommandContext,
  type ExpandedCommand,
  expandCommand,
} from '../../shared/engine/commands/commands.ts';

/** Expands a command with plain values of the organiser. References have the same names. */
export function expand(
  command: string,
  values: Readonly<Record<string, string>>,
  more: Partial<CommandContext> = {},
): ExpandedCommand {
  return expandCommand(command, {
    variables: new Map(Object.entries(values)),
    fixed: new Map(),
    textOfReference: (inner) => values[inner.trim()] ?? '',
    expansion: 'variables',
    kinds: new Map(Object.keys(values).map((name) => [name, 'fixed'])),
    kindOfReference: () => 'fixed',
    ...more,
  });
}
