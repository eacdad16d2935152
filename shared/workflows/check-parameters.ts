import { below, type Location } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { pythonEquals } from '../documents/python-value.ts';
import { neededParameters } from '../engine/needed-parameters.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { fittingDefault } from '../template/arguments.ts';
import type { Parameter } from '../template/parameter.ts';
import { hasDefault } from '../template/parameter-types/must-be-given.ts';
import type { Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';

const isOptionalWithoutDefault = ({ isRequired, defaultValue }: Parameter) =>
  !isRequired && !hasDefault(defaultValue);

/**
 * Returns the template as it is stored: an optional parameter without default becomes required if every run needs its
 * value, so that form, schema, prompt and run all ask for it.
 */
export function withNeededArguments(template: Template, workflow: SerialWorkflow): Template {
  const needed = neededParameters(workflow);
  const parameters = template.parameters.map((parameter) =>
    isOptionalWithoutDefault(parameter) && needed.has(parameter.name)
      ? { ...parameter, isRequired: true }
      : parameter,
  );
  return { ...template, parameters };
}

/** Warns about valid declarations that may not have the intended effect. */
export function warnOfParameters(
  { parameters }: Pick<Template, 'parameters'>,
  workflow: SerialWorkflow,
  location: Location,
): void {
  const needed = neededParameters(workflow);
  for (const [i, parameter] of parameters.entries()) {
    const at = below(location, i);
    const user = needed.get(parameter.name);
    if (user !== undefined && isOptionalWithoutDefault(parameter)) warnOfNeeded(parameter, user, at);
    warnOfInfinity(parameter, at);
    warnOfMarkedOptions(parameter, at);
  }
}

function warnOfNeeded({ name }: Parameter, user: string, location: Location): void {
  const shown = quotedText(name);
  const hint = `give it a defaultValue, or use it in conditional references only, such as $[[${shown} ? yes : no]]`;
  warn(
    location,
    'parameter.needed',
    `'${shown}' is required although it says isRequired: false, since ${user} uses it; ${hint}`,
  );
}

function warnOfInfinity(parameter: Parameter, location: Location): void {
  const value = parameter.dtype === 'int' ? fittingDefault(parameter) : undefined;
  if (typeof value !== 'number' || Number.isFinite(value)) return;
  const what = `the default value of the int '${quotedText(parameter.name)}' is infinite`;
  warn(
    below(location, 'defaultValue'),
    'default.infinite',
    `${what}, which forms cannot show and programs read as a float; use a finite number`,
  );
}

function warnOfMarkedOptions(parameter: Parameter, location: Location): void {
  if (parameter.dtype !== 'select') return;
  const marked = parameter.values.filter(({ isDefault }) => isDefault);
  const { defaultValue = null } = parameter;
  const other = marked.find(({ value }) => !pythonEquals(value, defaultValue));
  if (other === undefined) return;
  const what = `the option '${quotedText(other.name)}' is marked as default but is not the default value`;
  warn(below(location, 'values'), 'option.marked', `${what}; mark one option, or write a defaultValue`);
}
