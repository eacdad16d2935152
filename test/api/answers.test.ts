import { describe, expect, expectTypeOf, it } from 'vitest';
import * as responses from '../../shared/api/answers.ts';
import type { leaderboardView } from '../../shared/api/leaderboard-view.ts';
import type {
  groupEntryView,
  runEntryView,
  uploadView,
  userView,
  workflowView,
} from '../../shared/api/views.ts';

describe('schemas of responses', () => {
  it('accept the responses of the server', () => {
    expectTypeOf<ReturnType<typeof userView>>().toExtend<responses.User>();
    expectTypeOf<ReturnType<typeof workflowView>>().toExtend<responses.WorkflowEntry>();
    expectTypeOf<ReturnType<typeof groupEntryView>>().toExtend<responses.GroupEntry>();
    expectTypeOf<ReturnType<typeof uploadView>>().toExtend<responses.FileEntry>();
    expectTypeOf<ReturnType<typeof runEntryView>>().toExtend<responses.RunEntry>();
    expectTypeOf<Pick<ReturnType<typeof leaderboardView>, 'schema'>>().toExtend<
      Pick<responses.Leaderboard, 'schema'>
    >();
  });

  it('accept parameters of any depth', () => {
    const number = { name: 'n', dtype: 'int', index: 0, isRequired: true, range: '[0,1]' };
    const record = { name: 'r', dtype: 'record', index: 0, isRequired: true, fields: [number] };
    const list = { name: 'l', dtype: 'list', index: 1, isRequired: false, defaultValue: [], para: record };
    const handle = { id: 'w', name: 'W', parameters: [list] };

    expect(responses.workflow.parse(handle)).toEqual(handle);
  });

  it('drop fields that a newer server may add', () => {
    expect(responses.user.parse({ id: 'u', username: 'U', mail: 'x' })).toEqual({ id: 'u', username: 'U' });
  });
});
