import type { AccountEvent, AccountState } from '../../../shared/users/states.ts';
import type { AddCommand } from '../options.ts';

interface Named {
  readonly username: string;
}

/** Why an account cannot be used yet, after a command that did not disable it. */
const OUTSIDE: Partial<Record<AccountState, string>> = {
  unconfirmed: 'which is not confirmed yet',
  waiting: 'which still waits for approval',
};

/** A command by which the operator changes the state of an account. */
function changing(event: Exclude<AccountEvent, 'confirm'>, description: string, done: string): AddCommand {
  return (parent, cli) => {
    parent
      .command(event)
      .description(`${description} (operator)`)
      .requiredOption('-u, --username <name>', 'user name')
      .action(async ({ username }: Named) => {
        const user = await (await cli.operator()).changeUser(username, event);
        const still = OUTSIDE[user.state];
        cli.print(`${done} ${user.name} with ID ${user.id}${still === undefined ? '' : `, ${still}`}.`);
      });
  };
}

export const addActivateUser = changing('activate', 'activate an account, confirmed or not', 'Activated');
export const addApproveUser = changing('approve', 'approve an account that waits for approval', 'Approved');
export const addDisableUser = changing(
  'disable',
  'end all sessions of an account and disable it',
  'Disabled',
);
export const addEnableUser = changing('enable', 'restore the state of a disabled account', 'Enabled');
