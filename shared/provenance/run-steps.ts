import { normaliseImage } from '../engine/image-reference.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import type { RunImage, RunStepReuse } from '../runs/run.ts';
import { type Entity, ref, refs } from './crate.ts';
import type { RunFacts } from './facts.ts';

/** The steps of a run. All lists are empty if no step is known to have run. */
export interface RunSteps {
  /** What each step runs. */
  readonly tools: readonly Entity[];
  readonly howTos: readonly Entity[];
  /** The execution of each step. */
  readonly actions: readonly Entity[];
  readonly controls: readonly Entity[];
  readonly images: readonly Entity[];
}

/**
 * Describes the steps that ran, as the handle of the run shows them: their names, and their images if the platform
 * reported digests. A step with private files is described by its name alone.
 */
export function runSteps(facts: Pick<RunFacts, 'run' | 'document'>): RunSteps {
  const { run } = facts;
  const ran = stepsThatRan(facts);
  const images = new Map(ran.flatMap(({ image }) => (image ? [[keyOf(image), image] as const] : [])));
  const imageIds = new Map([...images.keys()].map((key, index) => [key, `#image-${index + 1}`]));
  const steps = ran.map(({ name, image, outputsOf }, index) => {
    const id = `#step-${index + 1}`;
    const tool: Entity = { '@id': `${id}-tool`, '@type': 'SoftwareApplication', name };
    const howTo: Entity = {
      '@id': id,
      '@type': 'HowToStep',
      name,
      position: String(index + 1),
      workExample: ref(tool['@id']),
    };
    const action: Entity = {
      '@id': `${id}-run`,
      '@type': 'CreateAction',
      name: `Execution of step ${name}`,
      description:
        outputsOf === undefined
          ? `The commands of step ${name}`
          : `Step ${name} was not executed: its outputs are those of the same step in run ${outputsOf}`,
      instrument: ref(tool['@id']),
      ...(image ? { containerImage: ref(imageIds.get(keyOf(image)) ?? '') } : {}),
      ...(run.state === 'SUCCESS' ? { actionStatus: 'http://schema.org/CompletedActionStatus' } : {}),
    };
    const control: Entity = {
      '@id': `${id}-control`,
      '@type': 'ControlAction',
      name: `Orchestration of step ${name}`,
      instrument: ref(id),
      object: ref(action['@id']),
    };
    return { tool, howTo, action, control };
  });
  return {
    tools: steps.map(({ tool }) => tool),
    howTos: steps.map(({ howTo }) => howTo),
    actions: steps.map(({ action }) => action),
    controls: steps.map(({ control }) => control),
    images: [...images].map(([key, image]) => imageEntity(imageIds.get(key) ?? '', image)),
  };
}

/** The execution of the whole workflow by flowServ; absent if no step is known to have run. */
export function engineEntities(controls: readonly Entity[], runAction: string): Entity[] {
  if (controls.length === 0) return [];
  const engine: Entity = { '@id': '#engine', '@type': 'SoftwareApplication', name: 'flowServ' };
  const organize: Entity = {
    '@id': '#orchestration',
    '@type': 'OrganizeAction',
    name: 'Orchestration of the workflow by flowServ',
    instrument: ref(engine['@id']),
    object: refs(controls),
    result: ref(runAction),
  };
  return [engine, organize];
}

interface StepThatRan {
  readonly name: string;
  readonly image?: RunImage | undefined;
  /** The run whose recorded outputs it took. */
  readonly outputsOf?: string | undefined;
}

/** All planned steps of a successful run; of another run, those whose images are known. */
function stepsThatRan({ run, document }: Pick<RunFacts, 'run' | 'document'>): StepThatRan[] {
  const known = [...(run.images ?? [])];
  const reuse = [...(run.reuse ?? [])];
  if (run.state !== 'SUCCESS') {
    return known.map((image) => ({ name: image.step, image, ...reuseOf(image.step, reuse) }));
  }
  const steps: readonly PlannedStep[] = document?.plan.steps ?? [];
  return steps
    .filter(({ skipped }) => !skipped)
    .map(({ name, cache }) => {
      const index = known.findIndex(({ step }) => step === name.toWellFormed());
      const [image] = index < 0 ? [] : known.splice(0, index + 1).slice(-1);
      return { name, image, ...(cache && reuseOf(name.toWellFormed(), reuse)) };
    });
}

/** Takes the entry of a step off the list; the steps are asked for in the order of the run. */
function reuseOf(name: string, left: RunStepReuse[]): Pick<StepThatRan, 'outputsOf'> {
  const index = left.findIndex(({ step }) => step === name);
  const [entry] = index < 0 ? [] : left.splice(0, index + 1).slice(-1);
  return entry?.runId === undefined ? {} : { outputsOf: entry.runId };
}

const keyOf = ({ image, digest }: RunImage) => `${image} ${digest}`;

/** Of `registry/name:tag`; the digest is that of the manifest that ran. */
function imageEntity(id: string, { image, digest }: RunImage): Entity {
  const parts = /^([^/]+)\/([^:@]+)(?::(.+))?/.exec(normaliseImage(image));
  const [, registry, name = image, tag] = parts ?? [];
  return {
    '@id': id,
    '@type': 'ContainerImage',
    additionalType: ref('https://w3id.org/ro/terms/workflow-run#DockerImage'),
    ...(registry === undefined ? {} : { registry }),
    name,
    ...(tag === undefined ? {} : { tag }),
    sha256: digest.replace('sha256:', ''),
  };
}
