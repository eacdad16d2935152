import { acceptRulesBody, decisionBody } from '../bodies.ts';
import {
  acceptanceListing,
  acceptedRules,
  benchmarkRules,
  participant,
  participantListing,
  participation,
} from '../participant-answers.ts';
import { pageQuery, participantListQuery } from '../queries.ts';
import { json, ok, route } from './route.ts';

/** Taking part in a benchmark: its rules, and the approval of users by organisers. */
export const participantRoutes = [
  route('rules:get', ['GET'], 'workflows/{workflowId}/rules', {
    summary: 'The rules of a benchmark, and when the caller accepted them',
    action: 'workflow:read',
    function: 'api',
    response: ok(benchmarkRules),
  }),
  route('rules:accept', ['POST'], 'workflows/{workflowId}/rules', {
    summary: 'Accept the rules of a benchmark, which is needed before the first run',
    action: 'participation:change',
    function: 'api',
    body: json(acceptRulesBody),
    response: ok(acceptedRules),
  }),
  route('rules:accepted', ['GET'], 'workflows/{workflowId}/rules/accepted', {
    summary: 'Who accepted which version of the rules, and when',
    action: 'workflow:list',
    function: 'api',
    query: pageQuery,
    response: ok(acceptanceListing),
  }),
  route('participation:get', ['GET'], 'workflows/{workflowId}/participation', {
    summary: 'What the caller needs to take part in a benchmark, and has',
    action: 'participation:read',
    function: 'api',
    response: ok(participation),
  }),
  route('participation:ask', ['POST'], 'workflows/{workflowId}/participation', {
    summary: 'Ask to take part in a benchmark whose organisers approve participants',
    action: 'participation:change',
    function: 'api',
    response: ok(participation),
  }),
  route('participants:list', ['GET'], 'workflows/{workflowId}/participants?state={state}', {
    summary: 'The users who asked to take part, with the decisions of organisers',
    action: 'workflow:list',
    function: 'api',
    query: participantListQuery,
    response: ok(participantListing),
  }),
  route('participants:decide', ['PUT'], 'workflows/{workflowId}/participants/{userId}', {
    summary: 'Approve or decline that a user takes part',
    action: 'participants:decide',
    function: 'api',
    body: json(decisionBody),
    response: ok(participant),
  }),
] as const;
