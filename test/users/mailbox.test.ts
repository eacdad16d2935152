import { expect, it } from 'vitest';
import { isMailAddress } from '../../shared/services/mailer.ts';
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

it('a text longer than a mail address is rejected without delay', () => {
  expect(isMailAddress('ada@example.org')).toBe(true);
  for (const text of [`a@${'.'.repeat(1_000_000)} `, `${'a'.repeat(310)}@example.org`, 'a@b.c\nd@e.f']) {
    expect(isMailAddress(text)).toBe(false);
  }
});
