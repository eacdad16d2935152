import * as z from 'zod';
import { isBrokenExpression, isExpression } from './expression.ts';
import type { Json } from './json.ts';

/** A string that may be an expression. */
export const text = z
  .string()
  .refine((value) => !isBrokenExpression(value), 'a JSONata expression is exactly {% … %}');
/** A string that must be an expression. */
export const expression = z.string().refine(isExpression, 'must be a JSONata expression, {% … %}');

/** A value of any shape whose strings may be expressions. */
export const template = z.json().superRefine((value, context) => {
  for (const path of brokenPaths(value, [])) {
    context.addIssue({ code: 'custom', path, message: 'a JSONata expression is exactly {% … %}' });
  }
});

function brokenPaths(value: Json, path: string[]): string[][] {
  if (typeof value === 'string') return isBrokenExpression(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => brokenPaths(entry, [...path, key]));
}
