/** Days after which objects of bucket `work` expire. */
export const WORK_DAYS = 7;
