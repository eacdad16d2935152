import type { Group, User } from '../../../shared/api/answers.ts';
import type { Cli } from '../../session/cli.ts';
import { distinctNames } from '../../terminal/distinct-names.ts';
import { oneLine } from '../../terminal/text.ts';
import { FILE_COLUMNS, fileRow } from '../files/file-table.ts';

/** A group with its uploads (flowServ command line, groups show). */
export function printGroup(
  { print, table }: Cli,
  { id, name, members, invitations = [], files, disqualified }: Group,
): void {
  const named = (users: readonly User[]) => users.map((user) => ({ id: user.id, name: user.username }));
  const nameOf = distinctNames(named([...members, ...invitations]));
  const list = (users: readonly User[]) =>
    named(users)
      .map((user) => oneLine(nameOf(user)))
      .join(',');
  print(
    `ID      : ${id}`,
    `Name    : ${oneLine(name)}`,
    `Members : ${list(members)}`,
    ...(invitations.length === 0 ? [] : [`Invited : ${list(invitations)}`]),
    ...(disqualified ? [`Disqualified: ${oneLine(disqualified.reason ?? 'the reason is private')}`] : []),
    '',
    'Uploaded Files',
    '--------------',
    '',
  );
  table(FILE_COLUMNS, files.map(fileRow));
}
