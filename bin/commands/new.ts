import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkWorkflowName } from '../../shared/template/names.ts';
import { quoted } from '../terminal/text.ts';
import type { AddCommand } from './options.ts';

/** The benchmark that is copied, in the folder of the product. */
const STARTER = 'examples/starter';
/** The line of its manifest with the name of the benchmark. */
const NAME_LINE = /^name: .*$/m;

/** `flowserv new`: a benchmark that works, to start from. */
export const addNew: AddCommand = (parent, cli) => {
  parent
    .command('new')
    .description('write a benchmark that works into a new folder, to start from')
    .argument('<folder>', 'folder to create; its name becomes that of the benchmark')
    .action((folder: string) => {
      const target = resolve(folder);
      const name = checkWorkflowName(nameOf(target));
      checkEmpty(target, folder);
      cpSync(starterFolder(), target, {
        recursive: true,
        filter: (file) => basename(file) !== '__pycache__',
      });
      const manifest = join(target, 'flowserv.yaml');
      const text = readFileSync(manifest, 'utf8');
      writeFileSync(
        manifest,
        text.replace(NAME_LINE, () => `name: ${JSON.stringify(name)}`),
      );
      const path = quoted(folder);
      cli.print(
        `Wrote the benchmark '${name}' to ${folder}. Next:`,
        '',
        `  flowserv workflows validate ${path}`,
        `  flowserv workflows try ${path}`,
        `  flowserv workflows create ${path}`,
        '',
        'Its README.md says what each file holds.',
      );
    });
};

/** The name of a folder as a title: `my-benchmark` becomes `My benchmark`. */
function nameOf(folder: string): string {
  const words = basename(folder).replace(/[-_]/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @throws Error unless the folder is empty or does not exist */
function checkEmpty(target: string, shown: string): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) throw new Error(`'${shown}' is a file; name a new folder`);
  if (readdirSync(target).length > 0) throw new Error(`the folder '${shown}' is not empty; name a new one`);
}

/** The folder of the starter, in a clone or in the package, where this module is in `dist/bin/`. */
function starterFolder(): string {
  const found = ['../..', '../../..']
    .map((up) => fileURLToPath(new URL(`${up}/${STARTER}`, import.meta.url)))
    .find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`the folder ${STARTER} of flowserv is missing; install it again`);
  return found;
}
