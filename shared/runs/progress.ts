import * as z from 'zod';

/** The step that a run is at. It is part of the run's item, so that lists of runs need no records of steps. */
export const progressSchema = z.object({
  /** Of the step; of all steps that run at the same time, as Markdown code. */
  name: z.string(),
  /** Position among the steps that are executed, from 1, and their number. */
  number: z.number(),
  /** Position of the last one of several steps that run at the same time. */
  to: z.number().optional(),
  of: z.number(),
  /**
   * `waiting` before another attempt, `refused` before another attempt for which capacity was missing, `transferring`
   * while files are copied from or to a storage volume.
   */
  state: z.enum(['running', 'waiting', 'refused', 'transferring']),
  attempt: z.number(),
  /** When the attempt began, or the wait. */
  since: z.string(),
  /** Why there is, or will be, another attempt. */
  because: z.string().optional(),
  /** The run whose outputs the step takes. */
  takesFrom: z.string().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

/** The progress in words, such as "step 2 of 3 `analyze`, attempt 2 because the step was stopped". */
export function progressText(progress: Progress): string {
  const { name, number, to, of, state, attempt, because, takesFrom } = progress;
  const which = to === undefined ? `step ${number}` : `steps ${number} to ${to}`;
  const step = `${which} of ${of} \`${name}\``;
  const why = because === undefined ? '' : ` because ${because}`;
  if (state === 'refused') return `waiting for capacity for ${step}`;
  if (state === 'transferring') {
    return `copying files from or to a storage volume for ${step}${because === undefined ? '' : `; ${because}`}`;
  }
  if (state === 'waiting') return `waiting to repeat ${step}${why}`;
  if (takesFrom !== undefined) return `${step} takes the outputs of run ${takesFrom}`;
  return attempt === 1 ? step : `${step}, attempt ${attempt}${why}`;
}
