/** The budget of a contest in the manifest. */
import { mappingAt, onlyKnown } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { BUDGET_RULES, type Budget } from './budget.ts';
import { wordAt } from './read-word.ts';

const MICROS_PER_DOLLAR = 1_000_000;
/** Ten million dollars: far below the integers that a number holds exactly, in micro-dollars and times 100. */
const MAX_DOLLARS = 10_000_000;
const MAX_TEXT = 20;
/** Dollars and cents, with the currency or without. */
const AMOUNT = /^(\d{1,8}(?:\.\d{1,2})?) {0,3}(?:USD)?$/;

/** Reads the section at a location and reports its problems; undefined if it is absent. */
export function readBudget(value: PythonValue | undefined, location: Location): Budget | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['perMonth', 'whenReached'], location);
  const perMonth = readAmount(fields, location);
  const whenReached = wordAt(fields, 'whenReached', BUDGET_RULES, location) ?? 'wait';
  return perMonth === undefined ? undefined : { perMonth, whenReached };
}

function readAmount({ perMonth }: PythonMapping, location: Location): number | undefined {
  const text = typeof perMonth === 'number' || typeof perMonth === 'string' ? String(perMonth).trim() : '';
  const [, amount = ''] = text.length > MAX_TEXT ? [] : (AMOUNT.exec(text) ?? []);
  const dollars = amount === '' ? 0 : Number(amount);
  if (dollars > 0 && dollars <= MAX_DOLLARS) return Math.round(dollars * MICROS_PER_DOLLAR);
  report(
    below(location, 'perMonth'),
    `must be an amount of US dollars above 0 and up to ${MAX_DOLLARS}, such as '200 USD'`,
  );
  return undefined;
}
