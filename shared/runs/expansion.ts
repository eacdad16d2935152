import { pythonText } from '../documents/python-text.ts';
import { toPythonValue } from '../documents/python-value.ts';
import type { ExpansionContext } from '../engine/expansion-context.ts';
import { type Arguments, missingArgument } from '../template/arguments.ts';
import { expandReferences } from '../template/expand.ts';
import type { Parameter } from '../template/parameter.ts';
import { splitReferences } from '../template/references.ts';
import { createScope } from '../template/scope.ts';

/** The operations on arguments that planning needs, provided by the template language. */
export function expansionContext(parameters: readonly Parameter[], given: Arguments): ExpansionContext {
  const scope = createScope(parameters, given);
  return {
    resolve: (value) => expandReferences(toPythonValue(value), scope),
    isLeftOut: (path) => typeof path === 'string' && referredIn(path).some(scope.isLeftOut),
    textOf: (value) => pythonText(toPythonValue(value)),
    actionOf: (name) => {
      const argument = scope.argument(name);
      if (!argument && scope.parameter(name)?.isRequired) throw missingArgument(name);
      return argument?.value;
    },
  };
}

/** The parameters whose values are part of a text. */
const referredIn = (text: string) =>
  splitReferences(text).flatMap((part) => (typeof part === 'string' || part.branches ? [] : [part.name]));
