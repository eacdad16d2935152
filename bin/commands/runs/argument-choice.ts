import type { Group, Parameter } from '../../../shared/api/answers.ts';
import type { RunArgument } from '../../../shared/client/run-methods.ts';
import { exactJson } from '../../../shared/documents/exact-json.ts';
import { toPythonValue } from '../../../shared/documents/python-value.ts';
import { FlowservError } from '../../../shared/errors.ts';
import { castArguments } from '../../../shared/template/arguments.ts';
import type { Parameter as Declared } from '../../../shared/template/parameter.ts';
import { hasDefault, mustBeGiven } from '../../../shared/template/parameter-types/must-be-given.ts';
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
 * Checks one choice by the rules of the server. The default value of the template is not checked: the server did so.
 *
 * @throws FlowservError with a sentence for the user
 */
export function checkChoice(parameter: Parameter, choice: ArgumentChoice): void {
  if (isDefault(parameter, choice)) return;
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
  const own = choices.filter(
    (choice) =>
      !parameters.some((parameter) => parameter.name === choice.name && isDefault(parameter, choice)),
  );
  if (known.length === declared.length) castArguments(known, own.map(checked));
}

const isDefault = (parameter: Parameter, choice: ArgumentChoice): boolean =>
  'value' in choice && !mustBeGiven(parameter) && choice.value === parameter.defaultValue;

const checked = (choice: ArgumentChoice) =>
  'file' in choice ? { name: choice.name, value: fileArgument(choice.file, NOT_UPLOADED) } : choice;

/** The declaration from the server; undefined if only a newer release supports it. */
function declaredAs(parameter: Parameter): Declared | undefined {
  try {
    return parseParameters([withoutDefaults(parameter)])[0];
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}

/**
 * Removes the default values, which the server applies: a client of the JSON API reads the option 2.0 as 2, which the
 * default value '2.0' does not spell. That of a file is its target path and stays.
 */
function withoutDefaults(parameter: Parameter): Parameter {
  const { para, fields } = parameter;
  const nested = {
    ...parameter,
    ...(para ? { para: withoutDefaults(para) } : {}),
    ...(fields ? { fields: fields.map(withoutDefaults) } : {}),
  };
  if (parameter.dtype === 'file' || !hasDefault(parameter.defaultValue)) return nested;
  return { ...nested, isRequired: mustBeGiven(parameter), defaultValue: null };
}
