import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { createHandler } from './handler.ts';

/** Lambda's entry point; everything is made once per instance of the function. */
export const handler = createHandler(createServices(readConfig(process.env)));
