/**
 * What the manifest says about participants.
 */
import { defined, mappingAt, onlyKnown, optionalFlag, requiredPath, textList } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';
import { SIZE_KEYS, type SizeKey } from '../step-size.ts';
import { INVITATIONS, ON_ACCOUNT_DELETION, type Participation } from './participation.ts';

export interface ParticipantSettings {
  /** Sizes that the engine configuration of a run or group may set for the steps that the participant supplies. */
  readonly config?: readonly SizeKey[];
  readonly invitations?: Participation['invitations'];
  readonly onAccountDeletion?: Participation['onAccountDeletion'];
  /** Path of the file with the rules. */
  readonly rules?: string;
  readonly approval?: boolean;
}

/** Reads the section `participants` and reports its problems; undefined if it is absent. */
export function readParticipants(fields: PythonMapping, location: Location): ParticipantSettings | undefined {
  if ((fields.participants ?? null) === null) return undefined;
  const at = below(location, 'participants');
  const settings = mappingAt(fields.participants, at);
  onlyKnown(settings, ['config', 'invitations', 'onAccountDeletion', 'rules', 'approval'], at);
  return {
    ...readConfig(settings, at),
    ...readChoice(settings, 'invitations', INVITATIONS, at),
    ...readChoice(settings, 'onAccountDeletion', ON_ACCOUNT_DELETION, at),
    ...((settings.rules ?? null) === null ? {} : { rules: requiredPath(settings, 'rules', 'file', at) }),
    ...defined({ approval: optionalFlag(settings, 'approval', at) }),
  };
}

function readConfig(settings: PythonMapping, at: Location): Pick<ParticipantSettings, 'config'> {
  if ((settings.config ?? null) === null) return {};
  const written = textList(settings, 'config', at, { entries: 100, characters: 100 });
  for (const key of written.filter((name) => !isSizeKey(name))) {
    const known = SIZE_KEYS.join(', ');
    report(below(at, 'config'), `participants cannot set '${quotedText(key)}'; use some of ${known}`);
  }
  return { config: [...new Set(written.filter(isSizeKey))] };
}

const isSizeKey = (name: string): name is SizeKey => SIZE_KEYS.some((key) => key === name);

/** Reads one of several values; without it or with a problem the result is empty. */
function readChoice<K extends string, V extends string>(
  settings: PythonMapping,
  key: K,
  values: readonly V[],
  at: Location,
): { readonly [key in K]?: V } {
  const written = settings[key] ?? null;
  if (written === null) return {};
  const value = values.find((one) => one === written);
  if (value === undefined) {
    report(below(at, key), `unknown value '${quotedText(written)}'; use ${values.join(' or ')}`);
    return {};
  }
  return { [key]: value } as { readonly [key in K]?: V };
}
