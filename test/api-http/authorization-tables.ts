import { tableOf } from './authorization-table.ts';

export const actors = [
  'anonymous',
  'expired',
  'stranger',
  'member',
  'owner',
  'viewer',
  'organiser',
  'workflow owner',
  'operator',
] as const;
/** Callers with an API token. */
export const tokenActors = [
  'read',
  'submit',
  'organiser read',
  'organiser submit',
  'organiser organise',
  'owner organise',
  'other workflow',
] as const;
export type Actor = (typeof actors)[number] | (typeof tokenActors)[number];
export type Outcome = 'yes' | 'no' | 'log in';

export const standard = tableOf('`FLOWSERV_READ_ACCESS=members`');
export const tables = {
  members: standard,
  public: new Map([...standard, ...tableOf('`FLOWSERV_READ_ACCESS=public`')]),
};

export const tokenTable = tableOf('API tokens');
