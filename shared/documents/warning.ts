import * as z from 'zod';

/** What somebody should know and nothing was refused for. */
export const warningSchema = z.object({
  /** Stable, lower case, of two parts such as `result.missing`: what programs and the manifest name it by. */
  code: z.string(),
  /** One sentence that says what and where, and names the mend. */
  message: z.string(),
});
export type Warning = z.infer<typeof warningSchema>;
