import { readConfig } from '../../../shared/config.ts';
import { createServices } from '../../../shared/services/services.ts';
import { findDueWorkflows, type Recompilation } from '../../../shared/workflows/recompile.ts';
import { settingsOf } from '../../output-names.ts';
import type { ClientOptions } from './clients.ts';

/** The workflows of a deployed stage that have to be compiled again, by the settings among its outputs. */
export function findDue(
  { profile }: ClientOptions,
  outputs: Readonly<Record<string, string>>,
): Promise<Recompilation[]> {
  const settings = { ...settingsOf(outputs), ...(profile === undefined ? {} : { AWS_PROFILE: profile }) };
  return findDueWorkflows(createServices(readConfig(settings)));
}
