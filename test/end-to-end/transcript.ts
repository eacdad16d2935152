import { poll, type Reply, type Request, type RunningStack } from './running-stack.ts';

/** Sends requests to a stack, one after the other. */
export interface Conversation {
  /** Sends a request whose response becomes part of the transcript. */
  ask(method: string, path: string, options?: Request): Promise<Reply>;
  /** Waits for the end of a run, and requests its handle. */
  ended(runId: string, token: string): Promise<Reply['json']>;
  /** Waits until the post-processing of a workflow succeeded. */
  settled(workflowId: string): Promise<void>;
}

/** Headers that depend on the connection or the time. */
const PASSING = new Set(['date', 'connection', 'keep-alive', 'apigw-requestid', 'x-amzn-requestid']);

/**
 * Sends the requests to a stack and returns the responses as lines of text: status, headers and body. Ids, tokens,
 * times and addresses are replaced by names in the order of their first occurrence.
 */
export async function recordTranscript(
  stack: RunningStack,
  converse: (conversation: Conversation) => Promise<void>,
): Promise<string[]> {
  const lines: string[] = [];
  const name = nameGiver(stack.url);
  const ask: Conversation['ask'] = async (method, path, options) => {
    const reply = await stack.request(method, path, options);
    const headers = [...reply.headers].filter(([header]) => !PASSING.has(header)).sort();
    lines.push(name(`${method} ${path} ${reply.status} ${JSON.stringify(headers)} ${reply.text}`));
    return reply;
  };
  await converse({
    ask,
    async ended(runId, token) {
      await stack.ended(runId, token);
      // A result is ranked some time after the end of its run.
      await poll(async () => {
        const { json } = await stack.request('GET', `/runs/${runId}`, { token });
        return json.results === undefined || json.rank !== undefined ? true : undefined;
      }, `run ${runId} was not ranked`);
      return (await ask('GET', `/runs/${runId}`, { token })).json;
    },
    async settled(workflowId) {
      await stack.postproc(workflowId, ({ state }) => state === 'SUCCESS');
    },
  });
  return lines;
}

/** Ids of 32 digits, tokens of 43 characters, request ids, entity tags and times. */
const CHANGING =
  /\b[0-9a-f]{32}\b|(?<![\w-])[\w-]{43}(?![\w-])|(?<="requestId":")[^"]+|(?<="etag","\\")[\w-]{27}|\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g;

function nameGiver(url: string): (text: string) => string {
  const names = new Map<string, string>();
  const nameOf = (found: string) => {
    if (/^\d{4}-\d\d-\d\dT/.test(found)) return '<time>';
    const known = names.get(found) ?? `<${names.size + 1}>`;
    names.set(found, known);
    return known;
  };
  const { host } = new URL(url);
  return (text) => text.replaceAll(host, '<host>').replace(CHANGING, nameOf);
}
