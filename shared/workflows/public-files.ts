import { createHash } from 'node:crypto';
import type { StaticFile, WorkflowVersion } from './version.ts';

/** A static file that the organiser shares with participants. */
export interface PublicFile extends Pick<StaticFile, 'path' | 'size' | 'sha256'> {
  /** The same in all versions that have a file at the path. */
  readonly id: string;
}

/** The static files of a version with `access: public`, by their paths. */
export const publicFiles = ({ files }: Pick<WorkflowVersion, 'files'>): PublicFile[] =>
  files
    .filter(({ access }) => access === 'public')
    .map(({ path, size, sha256 }) => ({ id: idOf(path), path, size, sha256 }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

const idOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 32);
