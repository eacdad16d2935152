import { parseJson } from '../documents/json-document.ts';
import { pythonText } from '../documents/python-text.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { invalid } from '../errors.ts';
import { isOptionValue } from './commands/option-value.ts';
import { callDocument } from './python-steps/call.ts';
import type { PlannedStep } from './run-plan.ts';
import { MAX_VALUE_BYTES } from './value-limit.ts';

/** Of all values of a step together: they are part of each page of its inputs, with the script and the links. */
const MAX_VALUES_BYTES = 1024 * 1024;
const NAME_PREFIX = /^FLOWSERV_ARG_/;

/** Returns the indexes of the steps whose results a step needs. */
export function neededResults({
  results = {},
  call,
}: Pick<PlannedStep, 'results' | 'call'>): readonly number[] {
  const indexes = [...Object.values(results).map(({ step }) => step), ...Object.values(call?.results ?? {})];
  return [...new Set(indexes)].sort((a, b) => a - b);
}

/** A step with all its values. */
interface FilledStep {
  readonly step: PlannedStep;
  /** Text of `ctl/call.json`; undefined for a container step. */
  readonly call: string | undefined;
}

/**
 * Fills in the results of earlier steps. The same results give the same step.
 *
 * @param resultOf returns the JSON text of a step's result; undefined if it is lost.
 * @throws FlowservError 400 `step.result` for a result that the step cannot take. The message has no text of the
 *   result, which may be private.
 */
export function fillStep(step: PlannedStep, resultOf: (index: number) => string | undefined): FilledStep {
  const known = new Map(neededResults(step).map((index) => [index, readResult(index, resultOf(index))]));
  const variables = Object.entries(step.results ?? {}).map(([name, use]): [string, string] => {
    const text = pythonText(known.get(use.step)?.value ?? null);
    checkText(name.replace(NAME_PREFIX, ''), text, use.operand);
    return [name, text];
  });
  const call = step.call && callDocument(step.call, (index) => known.get(index)?.json ?? 'null');
  const texts = [...variables.map(([, text]) => text), call ?? ''];
  if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > MAX_VALUES_BYTES) {
    throw refuse(`the variables of step '${step.name}' have more than 1 MiB`);
  }
  return { step: { ...step, variables: { ...step.variables, ...Object.fromEntries(variables) } }, call };
}

/** @throws FlowservError 400 for a value that cannot be in the environment of a program. */
export function checkValue(name: string, value: string): void {
  if (value.includes('\0')) {
    throw invalid('argument.nul', `the value of '${name}' contains a NUL character`);
  }
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw invalid('argument.too-long', `the value of '${name}' is longer than ${MAX_VALUE_BYTES} bytes`);
  }
}

/** Reads a result; its JSON comes from the task of a step. */
function readResult(index: number, text: string | undefined): { json: string; value: PythonValue } {
  if (text === undefined || Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    throw refuse(`step ${index + 1} left no result`);
  }
  try {
    return { json: text, value: parseJson(text) };
  } catch (error) {
    throw refuse(`the result of step ${index + 1} cannot be read`, error);
  }
}

function checkText(name: string, text: string, operand: boolean): void {
  if (text.includes('\0')) throw refuse(`the value of '${name}' contains a NUL character`);
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    throw refuse(`the value of '${name}' is longer than ${MAX_VALUE_BYTES} bytes`);
  }
  if (operand && isOptionValue(text)) {
    throw refuse(`the value of '${name}', the result of a step, would be an option of a program`);
  }
}

const refuse = (message: string, cause?: unknown) => invalid('step.result', message, cause);
