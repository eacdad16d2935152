import type { AccountEvent, AccountState } from '../../../shared/users/states.ts';
import type { AddCommand } from '../options.ts';

interface Named {
  readonly username: string;
}

/** Why an account cannot be used yet, after a command that has not kept it out. */
const OUTSIDE: Partial<Record<AccountState, string>> = {
  unconfirmed: 'which is still to be confirmed',
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

export const addActivateUser = changing('activate', 'let an account be used, confirmed or not', 'Activated');
export const addApproveUser = changing('approve', 'let in an account that waits for approval', 'Approved');
export const addDisableUser = changing(
  'disable',
  'end all sessions of an account and keep it out',
  'Disabled',
);
export const addEnableUser = changing(
  'enable',
  'give a disabled account the state back that it had',
  'Enabled',
);
