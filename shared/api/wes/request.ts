import type * as z from 'zod';
import { parseExactly } from '../../documents/exact-json.ts';
import { isMapping, type PythonMapping, toPythonValue } from '../../documents/python-value.ts';
import { FlowservError, invalid } from '../../errors.ts';
import { isIdentifier } from '../../ids.ts';
import { checkStorable } from '../body.ts';
import { version } from '../version.ts';
import type { runRequestFields } from './schemas.ts';

/** What a run request of GA4GH WES may name (`service-info` lists it). */
export const WORKFLOW_TYPE = 'FLOWSERV';
export const WORKFLOW_TYPE_VERSION = '1.0';
export const ENGINE = 'flowserv';

/** Scheme of the URL of an installed workflow: `flowserv:<workflow id>`. */
const SCHEME = 'flowserv:';

export interface RunRequest {
  readonly workflowId: string;
  /** Arguments by the names of parameters. */
  readonly params: PythonMapping;
  readonly tags: Readonly<Record<string, string>>;
}

/** 400: the request asks for something that the service does not have. */
export const unsupported = (message: string) => invalid('wes.request', message);

export const workflowUrl = (workflowId: string): string => `${SCHEME}${workflowId}`;

/**
 * Reads the text fields of a run request.
 *
 * @throws FlowservError 400 with the name of the field
 */
export function readRunRequest(fields: z.output<typeof runRequestFields>): RunRequest {
  requireValue('workflow_type', fields.workflow_type, WORKFLOW_TYPE);
  requireValue('workflow_type_version', fields.workflow_type_version, WORKFLOW_TYPE_VERSION);
  if (fields.workflow_engine_version !== undefined && fields.workflow_engine === undefined) {
    throw unsupported('workflow_engine_version requires a workflow_engine');
  }
  requireValue('workflow_engine', fields.workflow_engine ?? ENGINE, ENGINE);
  requireValue('workflow_engine_version', fields.workflow_engine_version ?? version, version);
  const engineParameters = readObject('workflow_engine_parameters', fields.workflow_engine_parameters);
  if (Object.keys(engineParameters).length > 0) {
    throw unsupported('workflow_engine_parameters must be empty: this service has none');
  }
  return {
    workflowId: workflowIdOf(fields.workflow_url),
    params: readObject('workflow_params', fields.workflow_params),
    tags: readTags(fields.tags),
  };
}

function requireValue(name: string, given: string, supported: string): void {
  if (given !== supported) throw unsupported(`unsupported ${name}; this service supports '${supported}'`);
}

function workflowIdOf(url: string): string {
  const id = url.startsWith(SCHEME) ? url.slice(SCHEME.length) : '';
  if (isIdentifier(id)) return id;
  throw unsupported(`workflow_url must be '${SCHEME}<workflow id>' for an installed workflow`);
}

function readTags(text: string | undefined): Readonly<Record<string, string>> {
  const tags = Object.entries(readObject('tags', text)).map(([key, value]): [string, string] => {
    if (typeof value !== 'string') throw unsupported('the value of a tag is not text');
    return [key, value];
  });
  return Object.fromEntries(tags);
}

/** Reads a field with a JSON object, with all digits of its numbers; an absent or empty field is an empty object. */
function readObject(name: string, text = ''): PythonMapping {
  if (text.trim() === '') return {};
  const value = toPythonValue(parse(name, text));
  if (!isMapping(value)) throw unsupported(`${name} is not a JSON object`);
  return value;
}

function parse(name: string, text: string): unknown {
  try {
    return parseExactly(text, checkStorable);
  } catch (error) {
    if (error instanceof FlowservError) throw error;
    throw invalid('wes.request', `${name} is not valid JSON`, error);
  }
}
