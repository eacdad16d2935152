import { describe, expect, it } from 'vitest';
import { accessToken, groupId, workflowId } from '../../bin/session/identifiers.ts';

describe('identifiers', () => {
  it('N4: the group comes from the option, then its variable, then the variable of the workflow', () => {
    expect(groupId(undefined, { FLOWSERV_APP: 'W' })).toBe('W');
    expect(groupId(undefined, { FLOWSERV_APP: 'W', FLOWSERV_GROUP: 'G' })).toBe('G');
    expect(groupId('O', { FLOWSERV_APP: 'W', FLOWSERV_GROUP: 'G' })).toBe('O');
    expect(() => groupId(undefined, {})).toThrow('missing configuration for submission (group) identifier');
  });

  it('the workflow comes from the option, then its variable', () => {
    expect(workflowId('O', { FLOWSERV_APP: 'W' })).toBe('O');
    expect(workflowId(undefined, { FLOWSERV_APP: 'W' })).toBe('W');
    expect(() => workflowId(undefined, { FLOWSERV_GROUP: 'G', FLOWSERV_APP: '' })).toThrow(
      'missing configuration for workflow identifier',
    );
  });

  it('a missing access token is an error', () => {
    expect(accessToken({ FLOWSERV_ACCESS_TOKEN: 't' })).toBe('t');
    expect(() => accessToken({})).toThrow('missing configuration for access token');
  });
});
