/** The sections of a template, in canonical spelling. */
export const TEMPLATE_SECTIONS = [
  'workflow',
  'parameters',
  'parameterGroups',
  'modules',
  'outputs',
  'results',
  'postproc',
];
