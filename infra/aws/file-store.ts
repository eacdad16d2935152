/**
 * Rejects `FLOWSERV_FILESTORE` for a stage on AWS, where it would have no effect.
 *
 * @throws Error
 */
export function rejectFileStore({ FLOWSERV_FILESTORE }: Readonly<Record<string, string | undefined>>): void {
  if (!FLOWSERV_FILESTORE) return;
  throw new Error(
    'FLOWSERV_FILESTORE selects the folder of a local server. A stage on AWS keeps its files in S3, in buckets of ' +
      'its own: unset the variable',
  );
}
