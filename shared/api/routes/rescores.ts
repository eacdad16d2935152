import { rescoreBody } from '../bodies.ts';
import { pageQuery } from '../queries.ts';
import { rescore, rescoredRunListing, rescoreListing } from '../rescore-answers.ts';
import { created, json, ok, route } from './route.ts';

/** Scoring runs of a workflow again by its current version. */
export const rescoreRoutes = [
  route('rescores:list', ['GET'], 'workflows/{workflowId}/rescores', {
    summary: 'Requests to score runs of a workflow again, the newest first',
    action: 'workflow:list',
    function: 'api',
    query: pageQuery,
    response: ok(rescoreListing),
  }),
  route('rescores:create', ['POST'], 'workflows/{workflowId}/rescores', {
    summary: 'Score runs again by the current version: named ones, all that are ranked, or all that ended',
    action: 'workflow:rescore',
    function: 'api',
    body: json(rescoreBody),
    response: created(rescore),
    idempotent: true,
  }),
  route('rescores:get', ['GET'], 'workflows/{workflowId}/rescores/{rescoreId}', {
    summary: 'A request to score runs again: its progress, and its runs',
    action: 'workflow:list',
    function: 'api',
    query: pageQuery,
    response: ok(rescoredRunListing),
  }),
  route('rescores:cancel', ['DELETE'], 'workflows/{workflowId}/rescores/{rescoreId}', {
    summary: 'Cancel a request to score runs again; what was ranked stays',
    action: 'workflow:rescore',
    function: 'runs',
    response: ok(rescore),
  }),
] as const;
