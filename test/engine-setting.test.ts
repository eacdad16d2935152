import { describe, expect, it } from 'vitest';
import { readConfig } from '../shared/config.ts';

const engine = { id: 'cern', kind: 'reana', url: 'https://reana.example.org/', tokenFile: '/run/token' };
const read = (...engines: readonly object[]) =>
  readConfig({ FLOWSERV_ENGINES: JSON.stringify(engines) }).engines;

describe('FLOWSERV_ENGINES', () => {
  it('is a list of engines, none by default', () => {
    expect(readConfig({}).engines).toEqual([]);
    expect(readConfig({ FLOWSERV_ENGINES: '' }).engines).toEqual([]);
    expect(read(engine)).toEqual([{ ...engine, url: 'https://reana.example.org', privateFiles: false }]);
  });

  it('names a token by its file or its secret', () => {
    const { tokenFile: _, ...rest } = engine;
    const tokenSecret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:reana-AbCdEf';
    expect(read({ ...rest, tokenSecret })).toMatchObject([{ tokenSecret }]);
    expect(() => read(rest)).toThrow('FLOWSERV_ENGINES.0: must be an engine as in docs/engines.md');
    expect(() => read({ ...rest, tokenSecret: 'the token itself' })).toThrow(/FLOWSERV_ENGINES/);
    expect(() => read({ ...engine, token: 'the token itself' })).toThrow(/FLOWSERV_ENGINES/);
  });

  it('requires no token for a WES server, which may have several workflow engines', () => {
    const { tokenFile, ...rest } = engine;
    const wes = { ...rest, kind: 'wes' };
    expect(read(wes, { ...wes, id: 'b', tokenFile, workflowEngine: 'cwltool' })).toMatchObject([
      { kind: 'wes' },
      { tokenFile, workflowEngine: 'cwltool' },
    ]);
    expect(() => read({ ...wes, workflowEngine: 'a\r\nb' })).toThrow(/FLOWSERV_ENGINES/);
    expect(() => read({ ...engine, workflowEngine: 'cwltool' })).toThrow(/FLOWSERV_ENGINES/);
    expect(() => read({ ...engine, kind: 'tes' })).toThrow(/FLOWSERV_ENGINES/);
  });

  it.each([
    'http://reana.example.org',
    'https://user:secret@reana.example.org',
    'https://reana.example.org/?x=1',
    'file:///etc/passwd',
    'reana',
  ])('rejects the address %s', (url) => {
    expect(() => read({ ...engine, url })).toThrow(/FLOWSERV_ENGINES/);
  });

  it('allows HTTP on this computer', () => {
    expect(read({ ...engine, url: 'http://127.0.0.1:8080' })).toMatchObject([
      { url: 'http://127.0.0.1:8080' },
    ]);
  });

  it('rejects two engines with one id, and text that is not JSON', () => {
    expect(() => read(engine, engine)).toThrow(/same id/);
    expect(() => readConfig({ FLOWSERV_ENGINES: '[' })).toThrow(/JSON/);
  });
});
