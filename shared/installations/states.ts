/**
 * States of a request to install a version. `unchanged`: the installed version is equal; `checked`: a dry run found no
 * problem. All but the first two are final.
 */
export const INSTALLATION_STATES = [
  'waiting',
  'installing',
  'installed',
  'unchanged',
  'checked',
  'failed',
] as const;
