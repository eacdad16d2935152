import type { FileEntry } from '../../../shared/api/answers.ts';
import type { Cell, Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';

export const FILE_COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Created At', type: 'string' },
  { name: 'Size', type: 'int' },
];

export const fileRow = ({ id, name, createdAt, size }: FileEntry): Cell[] => [
  id,
  name,
  shortTime(createdAt),
  size,
];
