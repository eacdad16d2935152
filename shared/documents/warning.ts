import * as z from 'zod';

/** A warning: nothing was rejected. */
export const warningSchema = z.object({
  /**
   * Stable code in lower case with two parts, such as `result.missing`, by which programs and the manifest identify
   * it.
   */
  code: z.string(),
  /** One sentence that states what and where, and how to fix it. */
  message: z.string(),
});
export type Warning = z.infer<typeof warningSchema>;

/** Begins the message of a warning that gives the reason why a run is not ranked. */
export const NOT_RANKED = 'not ranked: ';
