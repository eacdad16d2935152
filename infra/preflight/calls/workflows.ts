import { readConfig } from '../../../shared/config.ts';
import { createServices } from '../../../shared/services/services.ts';
import { findDueWorkflows, type Recompilation } from '../../../shared/workflows/recompile.ts';
import { settingsOf } from '../../output-names.ts';
import type { ClientOptions } from './clients.ts';

/** Returns the workflows of a deployed stage that are due to be compiled again, by the settings in its outputs. */
export function findDue(
  { profile }: ClientOptions,
  outputs: Readonly<Record<string, string>>,
): Promise<Recompilation[]> {
  const settings = { ...settingsOf(outputs), ...(profile === undefined ? {} : { AWS_PROFILE: profile }) };
  return findDueWorkflows(createServices(readConfig(settings)));
}
