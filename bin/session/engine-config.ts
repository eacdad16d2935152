import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toJsonValue } from '../../shared/documents/python-value.ts';
import { isRecord } from '../../shared/documents/schema.ts';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { readDocumentFile } from '../../shared/sources/document.ts';

/**
 * Reads an engine configuration, JSON or YAML, and checks that it is usable, which would otherwise show only in a
 * run.
 *
 * @throws FlowservError 400, 404
 */
export async function readEngineConfig(path: string): Promise<Record<string, unknown>> {
  const config = await readConfigFile(path);
  parseEngineConfig(config);
  return config;
}

/**
 * Reads the file of an engine configuration, which `checkSource` checks together with the template.
 *
 * @throws FlowservError 400 unless it is YAML or JSON
 */
export async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const file = await realpath(path);
  const config: unknown = toJsonValue(await readDocumentFile(file, dirname(file)));
  if (!isRecord(config)) throw new Error(`'${path}' is not an engine configuration: it must be a mapping`);
  return config;
}
