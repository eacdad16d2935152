import type { Group, Parameter } from '../../../shared/api/answers.ts';
import type { RunArgument } from '../../../shared/client/run-methods.ts';
import { exactJson } from '../../../shared/documents/exact-json.ts';
import { toPythonValue } from '../../../shared/documents/python-value.ts';
import { FlowservError } from '../../../shared/errors.ts';
import { castArguments } from '../../../shared/template/arguments.ts';
import type { Parameter as Declared } from '../../../shared/template/parameter.ts';
import { parseParameters } from '../../../shared/template/parameters.ts';
import { type ChosenFile, fileArgument } from './chosen-file.ts';

/** A user's choice for a parameter: a value, or a file that may still have to be uploaded. */
export type ArgumentChoice =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly file: ChosenFile };

/** Placeholder for the identifier of a later upload. */
const NOT_UPLOADED = 'not-uploaded';

/** Returns the choice in the form of the API. @param fileId of the upload of a file */
export function argumentOf(choice: ArgumentChoice, fileId = NOT_UPLOADED): RunArgument {
  if ('file' in choice) return { name: choice.name, value: fileArgument(choice.file, fileId) };
  return { name: choice.name, value: exactJson(toPythonValue(choice.value)) };
}

/**
 * Checks one choice by the rules of the server.
 *
 * @throws FlowservError with a sentence for the user
 */
export function checkChoice(parameter: Parameter, choice: ArgumentChoice): void {
  const declared = declaredAs({ ...parameter, isRequired: false });
  if (declared) castArguments([declared], [checked(choice)]);
}

/**
 * Checks all choices by the rules of the server, including missing ones. Only the server can check
 * whether a file is allowed at its path.
 *
 * @throws FlowservError with a sentence for the user
 */
export function checkChoices({ parameters }: Pick<Group, 'parameters'>, choices: readonly ArgumentChoice[]) {
  const declared = parameters.map(declaredAs);
  const known = declared.filter((parameter) => parameter !== undefined);
  if (known.length === declared.length) castArguments(known, choices.map(checked));
}

const checked = (choice: ArgumentChoice) =>
  'file' in choice ? { name: choice.name, value: fileArgument(choice.file, NOT_UPLOADED) } : choice;

/** The declaration from the server; undefined if only a newer release supports it. */
function declaredAs(parameter: Parameter): Declared | undefined {
  try {
    return parseParameters([parameter])[0];
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}
