import type { WorkflowEntry } from '../../../shared/api/answers.ts';
import { oneLine } from '../../terminal/text.ts';

/** A workflow as text (flowServ command line, workflows list and show). */
export const workflowLines = ({ id, name, description, instructions }: WorkflowEntry): string[] => [
  `ID          : ${id}`,
  `Name        : ${oneLine(name)}`,
  `Description : ${description ?? 'None'}`,
  `Instructions: ${instructions ?? 'None'}`,
];
