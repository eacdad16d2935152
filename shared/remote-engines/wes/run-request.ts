import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type * as z from 'zod';
import type { RemoteRun } from '../contract.ts';
import { EngineError } from '../engine-error.ts';
import { CWL_VERSION, cwlAttachments, cwlParameters, DOCUMENT_NAME } from './cwl.ts';
import { RUN_TAG } from './find-runs.ts';
import type { serviceInfo } from './responses.ts';
import { inputName } from './scripts.ts';

/** The type of our workflows at every WES server (WES 1.1.0, `RunRequest`). */
const TYPE = 'CWL';

/**
 * Returns our version of the Common Workflow Language as a server spells it.
 *
 * @throws EngineError, which is permanent, if the server does not execute it
 */
export function typeVersion({ workflow_type_versions: types }: z.output<typeof serviceInfo>): string {
  const versions = types[TYPE]?.workflow_type_version ?? [];
  const version = versions.find((one) => one === CWL_VERSION || `v${one}` === CWL_VERSION);
  if (version !== undefined) return version;
  const offered = Object.entries(types).flatMap(
    ([type, { workflow_type_version: of }]) => `${type} ${of.join(', ')}`,
  );
  throw new EngineError(
    `the engine does not execute ${TYPE} ${CWL_VERSION}; it offers ${offered.join('; ') || 'nothing'}`,
    { isPermanent: true },
  );
}

/** The end of each part of a form. */
const END = Buffer.from('\r\n');

/** A part of a form whose content is read when it is sent. */
interface Part {
  readonly head: Buffer;
  readonly size: number;
  readonly open: () => Promise<Readable> | Readable;
}

/**
 * The body of `POST runs`: a form with the workflow, its parameters, and one attachment for each script and input, which
 * are read one after the other while they are sent.
 *
 * @param version of `typeVersion`
 * @param engine the `workflow_engine` that the server needs
 */
export function runRequest(run: RemoteRun, version: string, engine: string | undefined) {
  const boundary = `flowserv-${randomUUID()}`;
  const fields = {
    workflow_type: TYPE,
    workflow_type_version: version,
    workflow_url: DOCUMENT_NAME,
    workflow_params: JSON.stringify(cwlParameters(run)),
    tags: JSON.stringify({ [RUN_TAG]: run.runId }),
    ...(engine === undefined ? {} : { workflow_engine: engine }),
  };
  const head = (disposition: string, type = '') =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n`);
  const attachment = (name: string, size: number, open: Part['open']): Part => ({
    head: head(
      `name="workflow_attachment"; filename="${name}"`,
      'Content-Type: application/octet-stream\r\n',
    ),
    size,
    open,
  });
  const ofText = (text: string) => {
    const content = Buffer.from(text);
    return [content.length, () => Readable.from([content])] as const;
  };
  const parts: Part[] = [
    ...Object.entries(fields).map(([name, text]) => {
      const [size, open] = ofText(text);
      return { head: head(`name="${name}"`), size, open };
    }),
    ...cwlAttachments(run).map(({ name, text }) => attachment(name, ...ofText(text))),
    ...run.inputs.map((input, position) => attachment(inputName(position), input.size, input.open)),
  ];
  const tail = Buffer.from(`--${boundary}--\r\n`);
  const total = parts.reduce((sum, part) => sum + part.head.length + part.size + END.length, tail.length);
  return {
    body: Readable.from(bytesOf(parts, tail)),
    size: total,
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

async function* bytesOf(parts: readonly Part[], tail: Buffer): AsyncGenerator<Buffer> {
  for (const { head, open } of parts) {
    yield head;
    for await (const chunk of await open()) yield Buffer.from(chunk);
    yield END;
  }
  yield tail;
}
