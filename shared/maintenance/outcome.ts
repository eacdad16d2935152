/**
 * How far a purge has come: nothing is left, there is more to do than one slice has time for, or nothing is to be done
 * before a time.
 */
export type Outcome = 'done' | 'more' | Date;

/** Whether there is time to begin something more in this slice. */
export type InTime = () => boolean;
