import {
  inputsPageSchema,
  inputsRequestSchema,
  nextRequestSchema,
  nextResponseSchema,
  uploadsRequestSchema,
  uploadsResponseSchema,
} from '../../staging/protocol-schema.ts';
import { type Endpoint, json, ok } from './route.ts';

/** Path of the ticket broker for the staging program of a step's task, relative to the base URL. */
export const BROKER_PATH = 'internal/steps';

/**
 * The routes of the ticket broker. They serve the tasks of steps only: the service descriptor and the OpenAPI
 * document omit them, and a step's ticket replaces a session.
 */
export const brokerRoutes = [
  {
    key: 'steps:inputs',
    methods: ['POST'],
    pattern: `${BROKER_PATH}/inputs`,
    function: 'broker',
    body: json(inputsRequestSchema),
    response: ok(inputsPageSchema),
  },
  {
    key: 'steps:uploads',
    methods: ['POST'],
    pattern: `${BROKER_PATH}/uploads`,
    function: 'broker',
    body: json(uploadsRequestSchema),
    response: ok(uploadsResponseSchema),
  },
  {
    key: 'steps:next',
    methods: ['POST'],
    pattern: `${BROKER_PATH}/next`,
    function: 'broker',
    body: json(nextRequestSchema),
    response: ok(nextResponseSchema),
  },
] as const satisfies readonly Endpoint[];
