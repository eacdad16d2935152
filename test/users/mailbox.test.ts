import { expect, it } from 'vitest';
import { mailboxOf } from '../../shared/users/mailbox.ts';

it.each([
  ['Ada@Example.org', 'ada@example.org'],
  ['ada+bench@example.org', 'ada@example.org'],
  ['a.d.a@example.org', 'a.d.a@example.org'],
  ['A.d.a+x+y@GoogleMail.com', 'ada@gmail.com'],
  ['ada@gmail.com', 'ada@gmail.com'],
])('the mailbox of %s is %s', (address, mailbox) => {
  expect(mailboxOf(address)).toBe(mailbox);
});
