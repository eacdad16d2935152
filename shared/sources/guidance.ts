/** Messages for sources whose files have the wrong names or locations. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quotedText } from '../documents/python-text.ts';
import { isMapping, type PythonValue } from '../documents/python-value.ts';
import { type FlowservError, invalidTemplate } from '../errors.ts';
import { isNotFound } from '../not-found.ts';
import { MANIFEST_NAMES } from '../template/manifest.ts';

/** File names of REANA specifications (REANA documentation, "reana.yaml"). */
const REANA_NAMES = ['reana.yaml', 'reana.yml'];
/** File names of existing flowServ templates (flowServ template specification, creation procedure). */
const TEMPLATE_NAME = /^(?:benchmark|template|workflow)\.(?:json|ya?ml)$/;

const DEFAULT_TEMPLATE = 'benchmark.yaml';

/**
 * Returns the error for a source without a manifest: the names that were looked for, and a manifest for the files that
 * exist.
 */
export async function noManifest(root: string, origin: string): Promise<FlowservError> {
  const names = await readdir(root).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw invalidTemplate(`'${origin}' cannot be read`, error);
  });
  const looked = `no manifest in ${origin}: looked for ${MANIFEST_NAMES.join(', ')}`;
  const template = names.sort().find((name) => TEMPLATE_NAME.test(name));
  const reana = names.find((name) => REANA_NAMES.includes(name));
  if (template === undefined && reana !== undefined) {
    return invalidTemplate(`${looked}; ${reana} is a REANA file: ${forReana(reana)}`);
  }
  const fix = `write ${manifestWith(template ?? DEFAULT_TEMPLATE)}, the path of the template`;
  return invalidTemplate(`${looked}; ${fix}`);
}

/** Whether a document is a specification of REANA itself, which a template contains as its `workflow`. */
export function isReanaFile(document: PythonValue): boolean {
  if (!isMapping(document) || !isMapping(document.workflow)) return false;
  const { workflow, inputs, outputs, steps } = document;
  const isReanaWorkflow = ['specification', 'type', 'file'].some((key) => workflow[key] !== undefined);
  return (
    isReanaWorkflow &&
    workflow.steps === undefined &&
    steps === undefined &&
    (isMapping(inputs) || isMapping(outputs))
  );
}

/**
 * Returns the error for a REANA file instead of a template, with how to use it. Of REANA's workflow types, only serial
 * ones can run here.
 */
export function reanaTemplate(name: string, document: PythonValue): FlowservError {
  const workflow = isMapping(document) && isMapping(document.workflow) ? document.workflow : {};
  const { type = 'serial' } = workflow;
  if (type === 'serial') return invalidTemplate(`${name} is a REANA file, not a template: ${forReana(name)}`);
  const what = `${name} is a REANA file with a workflow of type '${quotedText(type)}'`;
  return invalidTemplate(`${what}; only serial workflows run here, so write its commands as steps`);
}

function forReana(path: string): string {
  const name = basename(path);
  const template = name === DEFAULT_TEMPLATE ? 'template.yaml' : DEFAULT_TEMPLATE;
  const specfile = join(dirname(path), template);
  return `write ${specfile} with \`workflow: !include ${name}\`, and ${manifestWith(specfile)}`;
}

const manifestWith = (specfile: string): string =>
  `${MANIFEST_NAMES[1]} with \`name: My benchmark\` and \`specfile: ${specfile}\``;
