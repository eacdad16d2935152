import { chooseRunsBody } from '../bodies.ts';
import { chosenRuns, groupLimits } from '../contest-answers.ts';
import { json, ok, route } from './route.ts';

/** The rules of contests. */
export const contestRoutes = [
  route('groups:limits', ['GET'], 'groups/{userGroupId}/limits', {
    summary: 'What is left to a group of the limits of its benchmark, and when its next run is possible',
    action: 'group:list',
    function: 'runs',
    response: ok(groupLimits),
  }),
  route('groups:chosen', ['GET'], 'groups/{userGroupId}/chosen', {
    summary: 'The runs that a group chose for the ranking of its contest',
    action: 'group:list',
    function: 'runs',
    response: ok(chosenRuns),
  }),
  route('groups:choose', ['PUT'], 'groups/{userGroupId}/chosen', {
    summary: 'Choose the runs of a group for the ranking of its contest, instead of those chosen before',
    action: 'group:write',
    function: 'runs',
    body: json(chooseRunsBody),
    response: ok(chosenRuns),
  }),
] as const;
