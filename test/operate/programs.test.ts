import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

/** One of the programs that operators run, in an empty folder and with an empty environment. */
async function start(name: string, ...given: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = fileURLToPath(import.meta.resolve(`../../src/bin/${name}.ts`));
  const child = spawn(process.execPath, [program, ...given], {
    cwd: folder,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { text: '' };
  child.stderr.on('data', (chunk) => (said.text += String(chunk)));
  const exit = new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { folder, child, said, exit };
}

it.each([
  { name: 'backup', given: ['--help'], words: 'npm run db:backup [-- <file>]' },
  { name: 'backup', given: ['-h'], words: 'Nothing was copied' },
  { name: 'doctor', given: ['--help'], words: 'npm run doctor' },
  { name: 'rotate-keys', given: ['--dry-run'], words: 'npm run keys:rotate' },
])('$name does nothing about $given but say how it is used', async ({ name, given, words }) => {
  const { folder, child, said, exit } = await start(name, ...given);
  child.stdout.resume();
  expect(await exit).toBe(1);
  expect(said.text).toContain(words);
  expect(said.text.trim().split('\n')).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});

it('the doctor ends quietly when nobody reads on', async () => {
  const { child, said, exit } = await start('doctor');
  child.stdout.destroy();
  expect(await exit).toBe(1);
  expect(said.text).toBe('');
});
