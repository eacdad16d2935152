import { expect, it } from 'vitest';
import { templateOf } from '../infra/synthesised.ts';
import { compare } from './comparison.ts';
import { exceptions } from './exceptions.ts';
import { CALLS_DIR, readNeeds } from './records.ts';
import { synthesisedRoles } from './synthesised-roles.ts';

/** As `test/api-http/account-policy.test.ts` sends its mail from. */
const SENDER = 'robot@example.org';

it('every role allows what the end-to-end tests have needed, and nothing else', () => {
  const needs = readNeeds(process.env[CALLS_DIR]);
  const roles = synthesisedRoles(templateOf('local', { mailFrom: SENDER }));
  expect(compare(roles, needs, exceptions)).toEqual([]);
});
