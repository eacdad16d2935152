/** What a declaration, also one that the API has served, says about leaving its argument out. */
interface Leaving {
  readonly dtype: string;
  readonly isRequired: boolean;
  readonly defaultValue?: unknown;
}

/** Whether there is a default value; null counts as none. */
export const hasDefault = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * Whether the argument must be given: a required parameter may be left out when it has a default value, but for an actor,
 * whose default value only fills forms (flowServ template specification, missing values and actor parameters).
 */
export function mustBeGiven({ dtype, isRequired, defaultValue }: Leaving): boolean {
  return isRequired && (dtype === 'actor' || !hasDefault(defaultValue));
}
