/** The elements of a declaration, also from the API, that decide whether its argument may be omitted. */
interface Leaving {
  readonly dtype: string;
  readonly isRequired: boolean;
  readonly defaultValue?: unknown;
}

/** Whether there is a default value; null means none. */
export const hasDefault = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * Whether the argument must be given. A required parameter with a default value may be omitted, except for an actor,
 * whose default value only fills forms (flowServ template specification, missing values and actor parameters).
 */
export function mustBeGiven({ dtype, isRequired, defaultValue }: Leaving): boolean {
  return isRequired && (dtype === 'actor' || !hasDefault(defaultValue));
}
