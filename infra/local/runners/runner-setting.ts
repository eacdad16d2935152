/** From the one that is most like AWS to the one that protects least. */
export const runnerNames = ['engine', 'sandbox', 'process'] as const;
export type RunnerName = (typeof runnerNames)[number];
export type RunnerSetting = 'auto' | RunnerName;

export const runnerSettings: readonly RunnerSetting[] = ['auto', ...runnerNames];

/**
 * Reads the setting `FLOWSERV_RUNNER` or the option `--runner`; `auto` by default.
 *
 * @throws Error with a sentence that names the choices
 */
export function parseRunnerSetting(text: string | undefined): RunnerSetting {
  const wanted = text || 'auto';
  const setting = runnerSettings.find((each) => each === wanted);
  if (setting) return setting;
  throw new Error(`'${wanted}' is not a runner of steps; choose among ${runnerSettings.join(', ')}`);
}

/**
 * Reads the setting `FLOWSERV_IMAGE_PULL`: whether an engine asks for newer images than it has; `missing` by default.
 *
 * @throws Error with a sentence that names the choices
 */
export function parseImagePull(text: string | undefined): 'missing' | 'always' {
  const wanted = text || 'missing';
  if (wanted === 'missing' || wanted === 'always') return wanted;
  throw new Error(`FLOWSERV_IMAGE_PULL is '${wanted}'; choose missing or always`);
}
