import { whenReady } from '../../shared/client/when-ready.ts';
import type { Cli } from './cli.ts';

/** Waits for an archive; some are created on their first request. */
export const archiveOf = (cli: Cli, download: () => Promise<Response>): Promise<Response> =>
  whenReady(download, () => cli.note('The file is being created; waiting for it.'));
