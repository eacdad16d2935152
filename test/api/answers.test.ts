import { describe, expect, expectTypeOf, it } from 'vitest';
import * as answers from '../../shared/api/answers.ts';
import type {
  groupEntryView,
  leaderboardView,
  runEntryView,
  uploadView,
  userView,
  workflowView,
} from '../../shared/api/views.ts';

describe('schemas of responses', () => {
  it('accept the responses of the server', () => {
    expectTypeOf<ReturnType<typeof userView>>().toExtend<answers.User>();
    expectTypeOf<ReturnType<typeof workflowView>>().toExtend<answers.WorkflowEntry>();
    expectTypeOf<ReturnType<typeof groupEntryView>>().toExtend<answers.GroupEntry>();
    expectTypeOf<ReturnType<typeof uploadView>>().toExtend<answers.FileEntry>();
    expectTypeOf<ReturnType<typeof runEntryView>>().toExtend<answers.RunEntry>();
    expectTypeOf<Pick<ReturnType<typeof leaderboardView>, 'schema'>>().toExtend<
      Pick<answers.Leaderboard, 'schema'>
    >();
  });

  it('accept parameters of any depth', () => {
    const number = { name: 'n', dtype: 'int', index: 0, isRequired: true, range: '[0,1]' };
    const record = { name: 'r', dtype: 'record', index: 0, isRequired: true, fields: [number] };
    const list = { name: 'l', dtype: 'list', index: 1, isRequired: false, defaultValue: [], para: record };
    const handle = { id: 'w', name: 'W', parameters: [list] };

    expect(answers.workflow.parse(handle)).toEqual(handle);
  });

  it('drop fields that a newer server may add', () => {
    expect(answers.user.parse({ id: 'u', username: 'U', mail: 'x' })).toEqual({ id: 'u', username: 'U' });
  });
});
