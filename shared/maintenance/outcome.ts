/**
 * The result of a slice of a purge: everything is removed, more work is left than one slice has time for, or nothing
 * can be done before the given time.
 */
export type Outcome = 'done' | 'more' | Date;

/** Whether this slice has time to begin another piece of work. */
export type InTime = () => boolean;
