import { failureOfResponse, readText, retry, send } from './http.ts';
import type { InputsPage, InputsRequest, UploadFile, UploadsRequest } from './protocol.ts';
import { readInputsPage, readJson, readTicket, readUploads, type Uploads } from './protocol-reader.ts';

/** 1,000 entries with links of 2 kB and paths of 1 kB; a Lambda responds with 6 MB at most. */
const RESPONSE_BYTES = 8 * 1024 * 1024;

export type Broker = ReturnType<typeof createBroker>;

/**
 * A client of the ticket broker. It checks the responses and retries after temporary errors. A rejected ticket (403,
 * 401, 404, 410) is final: the run has ended or the step is not the current one.
 */
export function createBroker(options: { readonly broker: string; readonly ticket: string }) {
  const post = (
    path: string,
    body: InputsRequest | UploadsRequest | Record<string, never>,
  ): Promise<unknown> =>
    retry(async () => {
      const text = Buffer.from(JSON.stringify(body));
      const headers = {
        authorization: `Bearer ${options.ticket}`,
        'content-type': 'application/json',
        'content-length': text.length,
      };
      const response = await send(`${options.broker}${path}`, { method: 'POST', headers, body: text });
      if (response.statusCode !== 200)
        throw await failureOfResponse(response, `the ticket broker rejected ${path}`, false);
      return readJson(await readText(response, RESPONSE_BYTES), 'response of the ticket broker');
    });

  return {
    async inputs(page: number): Promise<InputsPage> {
      return readInputsPage(await post('/inputs', { page }));
    },
    /** At most 1,000 files; the response may be in any order. */
    async uploads(files: readonly UploadFile[]): Promise<Uploads> {
      return readUploads(await post('/uploads', { files }));
    },
    /** Begins the next step of the task, and returns its ticket. */
    async next(): Promise<string> {
      return readTicket(await post('/next', {}));
    },
  };
}
