import type { Group } from '../../../shared/api/answers.ts';
import type { Cli } from '../../session/cli.ts';
import { distinctNames } from '../../terminal/distinct-names.ts';
import { oneLine } from '../../terminal/text.ts';
import { FILE_COLUMNS, fileRow } from '../files/file-table.ts';

/** A group with its uploads (flowServ command line, groups show). */
export function printGroup({ print, table }: Cli, { id, name, members, files }: Group): void {
  const nameOf = distinctNames(members.map((member) => ({ ...member, name: member.username })));
  print(
    `ID      : ${id}`,
    `Name    : ${oneLine(name)}`,
    `Members : ${members.map((member) => oneLine(nameOf({ ...member, name: member.username }))).join(',')}`,
    '',
    'Uploaded Files',
    '--------------',
    '',
  );
  table(FILE_COLUMNS, files.map(fileRow));
}
