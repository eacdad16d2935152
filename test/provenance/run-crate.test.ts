import { describe, expect, it } from 'vitest';
import { type RunCrateSource, runCrate } from '../../shared/provenance/run-crate.ts';
import { workflowCrate } from '../../shared/provenance/workflow-crate.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { entry, file, source, TEMPLATE, version } from './crate-source.ts';
import { danglingReferences, describe as described, sha256 } from './read-zip.ts';
import { facts, output, plannedStep, runDocument, sha256Of, upload } from './run-facts.ts';

const metadataOf = (crate: ReturnType<typeof runCrate>) => crate.documents[0]?.text ?? '';
const graphOf = (of: RunCrateSource) => described(metadataOf(runCrate(of)));

describe('the crate of a run', () => {
  it('is an RO-Crate 1.1 with the profiles of Workflow Run Crate 0.5', () => {
    const text = metadataOf(runCrate(source()));
    expect(JSON.parse(text)['@context']).toEqual([
      'https://w3id.org/ro/crate/1.1/context',
      'https://w3id.org/ro/terms/workflow-run/context',
    ]);
    const { get, root } = described(text);
    expect(get('ro-crate-metadata.json').conformsTo.map((one: { '@id': string }) => one['@id'])).toEqual([
      'https://w3id.org/ro/crate/1.1',
      'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
    ]);
    expect(root.conformsTo.map((profile: { '@id': string }) => profile['@id'])).toEqual([
      'https://w3id.org/ro/wfrun/process/0.5',
      'https://w3id.org/ro/wfrun/workflow/0.5',
      'https://w3id.org/ro/wfrun/provenance/0.5',
      'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
    ]);
    expect(root.mainEntity[0]['@id']).toBe('workflow.json');
    expect(root.datePublished).toEqual(['2026-01-01T00:00:02.000000+00:00']);
    expect(danglingReferences(text)).toEqual([]);
  });

  it('describes the run with its agent, times, inputs and outputs', () => {
    const { get, root } = graphOf(source());
    const ids = (list: readonly { '@id': string }[]) => list.map((one) => one['@id']);
    expect(get('#run')).toMatchObject({
      '@type': ['CreateAction'],
      agent: [{ '@id': '#group' }],
      startTime: ['2026-01-01T00:00:01.000+00:00'],
      endTime: ['2026-01-01T00:00:02.000+00:00'],
      actionStatus: ['http://schema.org/CompletedActionStatus'],
    });
    expect(get('#group')).toMatchObject({ '@type': ['Organization'], name: ['Team Ann'] });
    expect(ids(get('#run').object)).toEqual(['inputs/data/in.txt', '#argument-2']);
    expect(ids(get('#run').result)).toEqual([
      'outputs/result.json',
      'outputs/a%20b%23c/%C3%BC.txt',
      '#value-1',
    ]);
    expect(ids(root.hasPart)).toEqual([
      'workflow.json',
      'inputs/data/in.txt',
      'outputs/result.json',
      'outputs/a%20b%23c/%C3%BC.txt',
    ]);
    expect(ids(root.mentions)).toEqual(['#run', '#step-1-run']);
    expect(get('inputs/data/in.txt')).toMatchObject({
      name: ['names.txt'],
      contentSize: ['3'],
      sha256: [sha256Of('Ann')],
      encodingFormat: ['text/plain'],
    });
    expect(get('outputs/result.json')).toMatchObject({
      name: ['The result'],
      exampleOfWork: [{ '@id': '#output-1' }],
    });
    expect(get('#value-1')).toMatchObject({ name: ['score'], value: [1] });
  });

  it('gives the value of each parameter, also by default, and none without a value', () => {
    const { get, ofType } = graphOf(source());
    expect(get('#parameter-1')).toMatchObject({
      name: ['data'],
      additionalType: ['File'],
      workExample: [{ '@id': 'inputs/data/in.txt' }],
    });
    expect(get('#argument-2')).toMatchObject({ name: ['count'], value: [3] });
    const names = ofType('FormalParameter').map(({ name }) => name[0]);
    expect(names).toEqual(['data', 'count', 'result']);
  });

  it('describes each step with its image and digest, as Provenance Run Crate requires', () => {
    const image = { step: 'score', image: 'ghcr.io/lab/tool:1.2', digest: `sha256:${'a'.repeat(64)}` };
    const base = source();
    const { get } = graphOf(
      source({ facts: { ...base.facts, run: { ...base.facts.run, images: [image] } } }),
    );
    expect(get('workflow.json')).toMatchObject({
      '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
      hasPart: [{ '@id': '#step-1-tool' }],
      step: [{ '@id': '#step-1' }],
    });
    expect(get('#step-1')).toMatchObject({ position: ['1'], workExample: [{ '@id': '#step-1-tool' }] });
    expect(get('#step-1-control')).toMatchObject({
      instrument: [{ '@id': '#step-1' }],
      object: [{ '@id': '#step-1-run' }],
    });
    expect(get('#orchestration')).toMatchObject({
      object: [{ '@id': '#step-1-control' }],
      result: [{ '@id': '#run' }],
    });
    expect(get('#step-1-run').containerImage).toEqual([{ '@id': '#image-1' }]);
    expect(get('#image-1')).toMatchObject({
      registry: ['ghcr.io'],
      name: ['lab/tool'],
      tag: ['1.2'],
      sha256: ['a'.repeat(64)],
    });
  });

  it('says of a step that took outputs of another run that it was not executed', () => {
    const base = source();
    const { document } = base.facts;
    const steps = document?.plan.steps.map((step) => ({ ...step, cache: true })) ?? [];
    const descriptionWith = (reuse: object[]) =>
      graphOf(
        source({
          facts: {
            ...base.facts,
            document: document && { ...document, plan: { ...document.plan, steps } },
            run: { ...base.facts.run, ...(reuse.length > 0 && { reuse: reuse as [{ step: string }] }) },
          },
        }),
      ).get('#step-1-run').description;
    expect(descriptionWith([{ step: 'score', runId: 'r' }])).toEqual([
      'Step score was not executed: its outputs are those of the same step in run r',
    ]);
    for (const reuse of [[], [{ step: 'score', reason: 'x' }]]) {
      expect(descriptionWith(reuse)).toEqual(['The commands of step score']);
    }
  });

  it('contains the template with its commands, and its own description of it is correct', () => {
    const { documents } = runCrate(source());
    const workflow = documents.find(({ path }) => path === 'workflow.json')?.text ?? '';
    expect(JSON.parse(workflow).workflow.steps).toEqual([
      {
        name: 'score',
        image: 'python:3.12',
        commands: ['python truth/score.py $[[data]]'],
        files: { inputs: [], outputs: [] },
      },
    ]);
    const { get } = graphOf(source());
    expect(get('workflow.json').sha256).toEqual([sha256(Buffer.from(workflow))]);
  });

  it('never contains environments, secrets, or names of private files and of steps that get them', () => {
    const files = [file('truth/score.py', 'private'), file('code/x.py', 'steps')];
    const hidden = parseTemplate({
      workflow: TEMPLATE.workflow,
      parameters: [
        { name: 'data', dtype: 'file', target: 'data/in.txt' },
        { name: 'labels', dtype: 'file', target: 'l.txt', defaultValue: 'truth/score.py' },
      ],
    });
    const of = source({
      version: { ...version(files), template: hidden },
      parameters: hidden.parameters,
      facts: facts({ document: runDocument([plannedStep(0, { name: 'score' })], { privateFiles: true }) }),
    });
    const text = JSON.stringify(runCrate(of).documents);
    expect(text).not.toMatch(/secret|truth|code\/x|python:3/);
    for (const { sha256: digest } of files) expect(text).not.toContain(digest);
    expect(text).toContain('score');
    expect(JSON.stringify(runCrate(source()).documents)).not.toContain('secret');
  });

  it('leaves out an upload that was deleted, and its argument is its reference', () => {
    const base = source();
    const uploads = [upload('f1', 'data/in.txt', 'Ann', null)];
    const crate = runCrate(source({ facts: { ...base.facts, uploads } }));
    expect(crate.files.map(({ path }) => path)).not.toContain('inputs/data/in.txt');
    expect(metadataOf(crate)).not.toContain(sha256Of('Ann'));
    expect(described(metadataOf(crate)).get('#parameter-1').additionalType).toEqual(['PropertyValue']);
  });

  it('describes a failed run with its messages, without steps that may not have run', () => {
    const run = { state: 'ERROR' as const, messages: ['no such word'] };
    const of = source({ facts: facts({ run, document: runDocument([plannedStep(0)]) }) });
    const { get, root } = graphOf(of);
    expect(get('#run')).toMatchObject({
      actionStatus: ['http://schema.org/FailedActionStatus'],
      error: ['no such word'],
    });
    expect(root.conformsTo).toHaveLength(3);
    expect(get('workflow.json').hasPart).toBeUndefined();
  });

  it('has no agent and no parameters for post-processing', () => {
    const of = source({
      group: undefined,
      parameters: [],
      facts: facts({ supplied: [{ name: 'runs', value: 'runs/' }], files: [output('all.txt', 'x')] }),
    });
    const { get, ofType } = graphOf(of);
    expect(get('#run').agent).toBeUndefined();
    expect(ofType('FormalParameter').map(({ name }) => name[0])).toEqual(['runs']);
  });

  it('writes values that JSON-LD lacks as JSON text, and keeps all digits of numbers', () => {
    const supplied = [
      { name: 'list', value: [1, { a: 2n ** 70n }] },
      { name: 'big', value: 2n ** 70n },
    ];
    const text = metadataOf(runCrate(source({ parameters: [], facts: facts({ supplied }) })));
    expect(text).toContain('"value": 1180591620717411303424');
    expect(text).toContain(String.raw`"value": "[1,{\"a\":1180591620717411303424}]"`);
  });

  it('gives each file a place of its own, also with backslashes in its name', () => {
    const files = [output('a\\b', '1'), output('a_b', '2'), output('a\\\\b', '3'), output('..\\x', '4')];
    const { files: placed } = runCrate(source({ facts: facts({ files }) }));
    expect(placed.map(({ path }) => path)).toEqual([
      'outputs/a_b~2',
      'outputs/a_b',
      'outputs/a__b',
      'outputs/.._x',
    ]);
  });
});

describe('the crate of a workflow', () => {
  const workflow = { id: 'W', version: 'v1', createdAt: '2026-01-01T00:00:00.000000+00:00' };

  it('contains public static files only, and never the names of others', () => {
    const files = [file('docs/a.txt', 'public'), file('code/b.py', 'steps'), file('truth/c.txt', 'private')];
    const crate = workflowCrate({ workflow, entry, version: version(files) });
    expect(crate.files).toEqual([
      {
        path: 'files/docs/a.txt',
        size: 7,
        sha256: sha256Of('docs/a.txt'),
        object: `w/W/static/v1/${sha256Of('docs/a.txt')}`,
      },
    ]);
    const text = JSON.stringify(crate.documents);
    expect(text).not.toMatch(/code\/b|truth|secret/);
    const { root, get } = described(metadataOf(crate));
    expect(root.conformsTo.map((one: { '@id': string }) => one['@id'])).toEqual([
      'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
    ]);
    expect(get('workflow.json').input).toHaveLength(3);
    expect(danglingReferences(metadataOf(crate))).toEqual([]);
  });
});
