import { expect, it } from 'vitest';
import { templateOf } from '../infra/synthesised.ts';
import { compare } from './comparison.ts';
import { exceptions } from './exceptions.ts';
import { CALLS_DIR, readNeeds } from './records.ts';
import { synthesisedRoles } from './synthesised-roles.ts';

/** The sender of mail in `test/api-http/account-policy.test.ts`. */
const SENDER = 'robot@example.org';

it('every role allows exactly what the end-to-end tests need', () => {
  const needs = readNeeds(process.env[CALLS_DIR]);
  const roles = synthesisedRoles(templateOf('local', { mailFrom: SENDER }));
  expect(compare(roles, needs, exceptions)).toEqual([]);
});
