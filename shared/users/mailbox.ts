/** Domains that ignore dots in the names of mailboxes (Gmail Help, "Dots don't matter"). */
const DOTLESS = new Set(['gmail.com', 'googlemail.com']);

/**
 * Returns the mailbox of an address, so that all spellings are counted together: ignores case, a tag after `+`, and
 * dots where they do not matter. If two mailboxes count as one, they only share a daily limit of mails.
 */
export function mailboxOf(address: string): string {
  const lower = address.trim().normalize('NFKC').toLowerCase();
  const at = lower.lastIndexOf('@');
  const domain = lower.slice(at + 1);
  const [user = ''] = lower.slice(0, at).split('+');
  if (!DOTLESS.has(domain)) return `${user}@${domain}`;
  return `${user.replaceAll('.', '')}@gmail.com`;
}
