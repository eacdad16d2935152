import { EngineError } from '../engine-error.ts';
import type { EngineHttp } from '../http.ts';
import { LOG_BYTES, type RunSummary, runLog, runs } from './responses.ts';

/** Tag of a run whose value is the id of the flowServ run. */
export const RUN_TAG = 'flowserv-run';

const PAGE_SIZE = 100;
/** Requests for pages; the rest of the list is unknown. */
const MAX_PAGES = 50;
/** Requests for the log of a run that is listed without tags. */
const MAX_LOGS = 50;
/** Time for all of them: a third of that of the function. */
const LIST_MS = 300_000;

/**
 * Finds the runs at a WES server with the tag of a flowServ run. Servers of WES 1.0 list no tags, but repeat them in the
 * log of each run.
 *
 * @throws EngineError, which is permanent, if that cannot be told: another run could be a second one
 */
export async function findRuns(http: EngineHttp, flowservRun: string): Promise<string[]> {
  const until = performance.now() + LIST_MS;
  const untagged: string[] = [];
  const found: string[] = [];
  for await (const { run_id: id, tags } of listRuns(http, until)) {
    if (!tags) untagged.push(id);
    else if (tags[RUN_TAG] === flowservRun) found.push(id);
  }
  if (found.length > 0) return found;
  if (untagged.length > MAX_LOGS) throw unknown('it lists runs without tags');
  for (const id of untagged) {
    checkTime(until);
    const { request } = await http.json({ method: 'GET', path: ['runs', id] }, runLog, LOG_BYTES);
    if (!request?.tags) throw unknown('it does not show the tags of runs');
    if (request.tags[RUN_TAG] === flowservRun) return [id];
  }
  return [];
}

function checkTime(until: number): void {
  if (performance.now() > until) throw new EngineError('the list of runs takes too long');
}

async function* listRuns(http: EngineHttp, until: number): AsyncGenerator<RunSummary> {
  let token = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    checkTime(until);
    const query = { page_size: String(PAGE_SIZE), ...(token === '' ? {} : { page_token: token }) };
    const answer = await http.json({ method: 'GET', path: ['runs'], query }, runs);
    yield* answer.runs ?? answer.workflows ?? [];
    const next = answer.next_page_token ?? '';
    if (next === '' || next === token) return;
    token = next;
  }
  throw unknown(`it lists more than ${MAX_PAGES} pages of runs`);
}

const unknown = (why: string) =>
  new EngineError(
    `the engine cannot tell whether it got the run before, because ${why}; start the run again`,
    {
      isPermanent: true,
    },
  );
