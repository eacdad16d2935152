/** Domains whose mailboxes have one name with and without dots (Gmail Help, "Dots don't matter"). */
const DOTLESS = new Set(['gmail.com', 'googlemail.com']);

/**
 * The mailbox behind an address, so that its spellings are counted together: without regard to case, to a tag after
 * `+`, and to dots where they do not matter. Two mailboxes that count as one lose mails of a day, nothing else.
 */
export function mailboxOf(address: string): string {
  const lower = address.trim().normalize('NFKC').toLowerCase();
  const at = lower.lastIndexOf('@');
  const domain = lower.slice(at + 1);
  const [user = ''] = lower.slice(0, at).split('+');
  if (!DOTLESS.has(domain)) return `${user}@${domain}`;
  return `${user.replaceAll('.', '')}@gmail.com`;
}
