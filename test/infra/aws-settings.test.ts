import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import { root } from './synthesised.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = join(root, 'bin/aws-settings.ts');
const outputsFile = (outputs: unknown) => {
  const file = join(folder, 'aws.json');
  writeFileSync(file, JSON.stringify(outputs));
  return file;
};

describe('aws-settings', () => {
  it('makes lines that set the variables of a shell, and the staging program beside the file', async () => {
    const file = outputsFile({ 'flowserv-dev': { FlowservTable: 'table', FlowservApiName: "it's $HOME" } });

    const lines = execFileSync(process.execPath, [program, file], { encoding: 'utf8' });

    const script = `${lines}printf '%s|%s|%s' "$FLOWSERV_TABLE" "$FLOWSERV_API_NAME" "$FLOWSERV_STAGING_PROGRAM"`;
    const staging = join(folder, 'staging-program.txt');
    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`table|it's $HOME|${staging}`);
    expect(readFileSync(staging, 'utf8')).toBe((await bundleStagingProgram()).text);
  });

  it('asks for a stack where the file has several', () => {
    const file = outputsFile({ 'flowserv-dev': {}, 'flowserv-prod': { FlowservTable: 'table' } });

    const unnamed = spawnSync(process.execPath, [program, file], { encoding: 'utf8' });
    const named = spawnSync(process.execPath, [program, file, 'flowserv-prod'], { encoding: 'utf8' });

    expect(unnamed.status).toBe(1);
    expect(unnamed.stdout).toBe('');
    expect(unnamed.stderr).toContain('flowserv-dev, flowserv-prod');
    expect(named.stdout).toContain("export FLOWSERV_TABLE='table'");
  });
});
