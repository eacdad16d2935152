import type { Services } from '../../shared/services/services.ts';
import { readSource, type SourceOptions } from '../../shared/sources/folder.ts';
import { installVersion, planVersion, type VersionPlan } from '../../shared/workflows/install-version.ts';
import { installTemplate } from './install-template.ts';

type Files = Parameters<typeof installTemplate>[2];

/** Installs a version of a workflow from the text of its template; returns the plan. */
export async function updateTemplate(
  services: Services,
  id: string,
  template: string,
  files: Files = {},
  settings = '',
  isDryRun = false,
): Promise<VersionPlan> {
  let plan: VersionPlan | undefined;
  const install = async (folder: string, options: SourceOptions) => {
    const source = await readSource(folder, options);
    plan = await planVersion(services, id, source);
    if (plan.changes.length > 0 && !isDryRun)
      await installVersion(services, plan, source, { actor: 'operator' });
    return id;
  };
  await installTemplate({ install }, template, files, { id }, settings);
  if (!plan) throw new Error('nothing was planned');
  return plan;
}
