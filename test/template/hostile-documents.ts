/** Documents that try to exhaust memory or time, with the expected outcome of each. */
interface HostileDocument {
  readonly text: () => string;
  readonly end: 'template' | 'problems' | 'unreadable';
}

const repeated = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

const STEP = 'workflow:\n  steps: [{name: s, action: {environment: i, commands: [a]}}]\n';
const command = (text: string) =>
  `workflow:\n  steps: [{name: s, action: {environment: i, commands: ['${text}']}}]\n`;
const TEN_MB = 9_990_000;

export const hostileDocuments: Readonly<Record<string, HostileDocument>> = {
  'an alias bomb': {
    text: () =>
      `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${repeated(12, (i) => `a${i + 1}: &a${i + 1} [${'*a'.concat(String(i), ', ').repeat(9)}]\n`)}${STEP}`,
    end: 'unreadable',
  },
  'an alias bomb of merged mappings': {
    text: () =>
      `a0: &a0 {k: v}\n${repeated(40, (i) => `a${i + 1}: &a${i + 1} {l: *a${i}, r: *a${i}}\n`)}${STEP}`,
    end: 'unreadable',
  },
  'one text of 10 MB': { text: () => `x: ${'y'.repeat(TEN_MB)}\n${STEP}`, end: 'template' },
  '10 MB of short list items': {
    text: () => `${STEP}x:\n${'- a\n'.repeat(TEN_MB / 4 - 50)}`,
    end: 'unreadable',
  },
  '190,000 list items': { text: () => `${STEP}x:\n${'- a\n'.repeat(190_000)}`, end: 'template' },
  '10 MB of keys': {
    text: () => `${STEP}x:\n${repeated(700_000, (i) => ` k${i}: ${i}\n`)}`.slice(0, TEN_MB),
    end: 'unreadable',
  },
  '10 MB of opening brackets': { text: () => '['.repeat(TEN_MB), end: 'unreadable' },
  'more than 10 MB': { text: () => `x: ${'y'.repeat(10_000_001)}`, end: 'unreadable' },
  '10,000 parameters, each referred to': {
    text: () =>
      `parameters:\n${repeated(10_000, (i) => `- {name: p${i}, dtype: int, range: '[0,${i}]'}\n`)}workflow:\n  parameters:\n${repeated(10_000, (i) => `    p${i}: $[[p${i}]]\n`)}  steps: [{name: s, action: {environment: i, commands: [a]}}]\n`,
    end: 'template',
  },
  '10,001 parameters': {
    text: () => `${STEP}parameters:\n${repeated(10_001, (i) => `- {name: p${i}, dtype: int}\n`)}`,
    end: 'problems',
  },
  '10,000 parameters of one name': {
    text: () => `${STEP}parameters:\n${'- {name: p, dtype: nothing}\n'.repeat(10_000)}`,
    end: 'problems',
  },
  'commands that are long and nested': {
    text: () =>
      `workflow:\n  parameters: {x: 1}\n  steps:\n${repeated(200, () => `  - {name: s, action: {environment: i, commands: ['args ${'$$('.repeat(900)} \${x}']}}\n`)}`,
    end: 'problems',
  },
  'a reference that never ends, a million times': {
    text: () =>
      `workflow:\n  a: "${'$[['.repeat(1_000_000)}"\n  steps: [{name: s, action: {environment: i, commands: [a]}}]\n`,
    end: 'template',
  },
  'a command that changes the folder 12,000 times': {
    text: () => command('cd a;'.repeat(12_000)),
    end: 'template',
  },
  'a command that runs a file below 30,000 folders': {
    text: () => command('a/'.repeat(30_000)),
    end: 'template',
  },
  'a command that runs 12,000 files': { text: () => command('. a; '.repeat(12_000)), end: 'template' },
};
