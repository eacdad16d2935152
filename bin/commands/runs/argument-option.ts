import { InvalidArgumentError } from 'commander';

/** One `-a name=value`. */
export interface ArgumentOption {
  readonly name: string;
  readonly text: string;
}

/** Reads one `-a` and adds it to the previous ones. */
export function collectArgument(value: string, before: readonly ArgumentOption[] = []): ArgumentOption[] {
  const [, name, text] = /^([^=]+)=([\s\S]*)$/.exec(value) ?? [];
  if (name === undefined || text === undefined) throw new InvalidArgumentError('Write it as name=value.');
  if (before.some((argument) => argument.name === name)) {
    throw new InvalidArgumentError(`'${name}' is given twice.`);
  }
  return [...before, { name, text }];
}
