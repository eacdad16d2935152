import { WES_BASE } from '../../config.ts';
import {
  runId,
  runList,
  runLog,
  runRequestFields,
  runStatus,
  serviceInfo,
  taskList,
  taskLog,
  wesPageQuery,
} from '../wes/schemas.ts';
import { fields, ok, route } from './route.ts';

/** Marks a route as one of GA4GH WES: its path is below the standard's base, and its errors have the standard's form. */
const wes = <const R>(declared: R) => ({ ...declared, base: WES_BASE });

/** The routes of GA4GH WES 1.1.0, by which its clients start and follow runs of installed workflows. */
export const wesRoutes = [
  wes(
    route('wes:service-info', ['GET'], 'service-info', {
      summary: 'What the service runs, and which versions it supports',
      action: 'service:read',
      function: 'api',
      response: ok(serviceInfo),
    }),
  ),
  wes(
    route('wes:runs:list', ['GET'], 'runs', {
      summary: "The runs of the caller's groups",
      action: 'runs:list',
      function: 'runs',
      query: wesPageQuery,
      response: ok(runList),
    }),
  ),
  wes(
    route('wes:runs:start', ['POST'], 'runs', {
      summary: 'Start a run of an installed workflow',
      action: 'group:write',
      function: 'runs',
      body: fields(runRequestFields, 'workflow_attachment'),
      response: ok(runId),
      idempotent: true,
    }),
  ),
  wes(
    route('wes:runs:get', ['GET'], 'runs/{runId}', {
      summary: 'A run: its request, state, logs and outputs',
      action: 'run:read',
      function: 'runs',
      response: ok(runLog),
    }),
  ),
  wes(
    route('wes:runs:status', ['GET'], 'runs/{runId}/status', {
      summary: 'The state of a run',
      action: 'run:read',
      function: 'runs',
      response: ok(runStatus),
    }),
  ),
  wes(
    route('wes:runs:cancel', ['POST'], 'runs/{runId}/cancel', {
      summary: 'Cancel an active run',
      action: 'run:cancel',
      function: 'runs',
      response: ok(runId),
    }),
  ),
  wes(
    route('wes:tasks:list', ['GET'], 'runs/{runId}/tasks', {
      summary: 'The steps of a run that started',
      action: 'run:read',
      function: 'runs',
      query: wesPageQuery,
      response: ok(taskList),
    }),
  ),
  wes(
    route('wes:tasks:get', ['GET'], 'runs/{runId}/tasks/{taskId}', {
      summary: 'A step of a run',
      action: 'run:read',
      function: 'runs',
      response: ok(taskLog),
    }),
  ),
] as const;
