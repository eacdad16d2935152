import type { Cli } from './cli.ts';

/** Asks twice for a password, until both entries match. @throws Aborted */
export async function askNewPassword({ questions, note }: Cli): Promise<string> {
  for (;;) {
    const password = await questions.askHidden('Password: ');
    if (password === (await questions.askHidden('Repeat for confirmation: '))) return password;
    note('The two entered values do not match.');
  }
}
