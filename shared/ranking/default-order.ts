import type { Template } from '../template/template.ts';
import type { OrderColumn } from './order.ts';

/** The order that the template declares; empty when it has no result schema. */
export function defaultOrder({ results }: Template): readonly OrderColumn[] {
  return (results?.orderBy ?? []).map(({ name, sortDesc }) => ({ name, descending: sortDesc }));
}
