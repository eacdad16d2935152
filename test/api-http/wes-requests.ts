import { expect } from 'vitest';
import { WES_BASE } from '../../shared/config.ts';
import type { Reply, RunningStack } from '../end-to-end/running-stack.ts';
import { faultsOfResponse } from './wes-document.ts';

/** Requests to the routes of GA4GH WES, each of whose responses is checked against the published OpenAPI document. */

export interface WesRequest {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | URLSearchParams | string;
}

/** Statuses that the document lists for no path, but the service sends: all have the body of an error. */
const FURTHER = [404, 400, 405, 413, 422, 429];

/** Sends a request relative to the standard's base path, and checks its response. */
export async function wes(
  stack: Pick<RunningStack, 'url'>,
  method: string,
  path: string,
  { token, headers, body }: WesRequest = {},
): Promise<Pick<Reply, 'status' | 'json' | 'headers'>> {
  const { origin } = new URL(stack.url);
  const response = await fetch(`${origin}${WES_BASE}${path}`, {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const json: unknown = JSON.parse(await response.text());
  const further = { statuses: FURTHER, ofErrors: ['code', 'requestId'] };
  expect(faultsOfResponse(method, path.split('?')[0] ?? '', response.status, json, further)).toEqual([]);
  return { status: response.status, json, headers: response.headers };
}

/** Returns the form of a run request; `files` are attachments by their names. */
export function runRequest(
  fields: Readonly<Record<string, string | object>>,
  files: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  const all = { workflow_type: 'FLOWSERV', workflow_type_version: '1.0', ...fields };
  for (const [name, value] of Object.entries(all)) {
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  for (const [name, content] of Object.entries(files)) {
    form.append('workflow_attachment', new Blob([content]), name);
  }
  return form;
}

/** Returns functions that send requests, and start runs, with the session of a user. */
export function wesClient(stack: Pick<RunningStack, 'url'>, token: () => string) {
  const ask = (method: string, path: string, options: WesRequest = {}) =>
    wes(stack, method, path, { token: token(), ...options });
  const start = (
    fields: Readonly<Record<string, string | object>>,
    files?: Readonly<Record<string, string>>,
    options: WesRequest = {},
  ) => ask('POST', '/runs', { body: runRequest(fields, files), ...options });
  return { ask, start };
}
