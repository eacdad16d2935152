import { expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { ConditionFailed } from '../../shared/store/conditional.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();

it('checks runs first, and last the uploads, of which one user can delete many', async () => {
  const due = [keys.deletedUpload('g', 'f'), keys.group('g'), keys.run('r'), keys.workflow('w')];
  const looked: Key[] = [];
  const table = {
    ...stack.services.table,
    due: async (shard: string) => (shard === 'DUE#0' ? due : []),
    get: async (key: Key) => void looked.push(key),
    update: async (key: Key) => {
      looked.push(key);
      throw new ConditionFailed([0], undefined);
    },
  };
  await sweep({ ...stack.services, table: table as unknown as typeof stack.services.table });
  const firstLook = (key: Key) => looked.findIndex(({ pk, sk }) => pk === key.pk && sk === key.sk);
  const order = due.toSorted((a, b) => firstLook(a) - firstLook(b)).map(({ pk }) => pk);
  expect(order).toEqual(['RUN#r', 'GROUP#g', 'WORKFLOW#w', 'GROUP#g']);
});
