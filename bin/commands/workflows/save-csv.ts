import { saveDownload } from '../../../shared/client/local-files.ts';

/** Writes a CSV to a file. @throws Error if that is impossible */
export const saveCsv = (path: string, csv: string): Promise<void> => saveDownload(new Response(csv), path);
