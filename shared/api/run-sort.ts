/** Orders of the list of the runs of all groups of a workflow. */
export const runSorts = ['newest', 'oldest', 'group'] as const;
export type RunSort = (typeof runSorts)[number];
