import { parentPort, workerData } from 'node:worker_threads';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { FlowservError } from '../../shared/errors.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { hostileDocuments } from './hostile-documents.ts';

/** Reports the outcome of the document with the given name. */
function endOf(text: string): string {
  try {
    return checkTemplate(parseYaml(text), { files: [] }).problems.length > 0 ? 'problems' : 'template';
  } catch (error) {
    if (error instanceof FlowservError) return 'unreadable';
    throw error;
  }
}

parentPort?.postMessage(endOf(hostileDocuments[String(workerData)]?.text() ?? ''));
