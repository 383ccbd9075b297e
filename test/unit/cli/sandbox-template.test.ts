/** The command that builds the template of training sandboxes, up to the provider's door. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const COMMAND = join(import.meta.dirname, '../../../src/cli/sandbox-template.ts');

function run(...args: string[]) {
  return spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
}

describe('the sandbox template', () => {
  it('is pinned to the Node that runs the service', () => {
    const { status, stdout } = run('--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain(`FROM node:${process.versions.node}-bookworm-slim`);
  });

  it.each([
    [[], '--name takes NAME:TAG'],
    [['--name', 'trainer'], '--name takes NAME:TAG'],
    [['--name', 'trainer:1'], 'E2B_API_TOKEN is not set'],
    [['--nonsense'], 'nonsense'],
  ])('is refused with a clear word: %j', (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
