/**
 * Returns the source of a function's entry module, which Lambda starts: it creates everything once per instance of the
 * function. Its imports are relative to `functions/`.
 *
 * @param name of the function, whose handler is created in `functions/<name>.ts`
 */
export const entrySource = (name: string): string => `
  import { readConfig } from '../shared/config.ts';
  import { createServices } from '../shared/services/services.ts';
  import { createHandler } from './${name}.ts';

  export const handler = createHandler(createServices(readConfig(process.env)));
`;
