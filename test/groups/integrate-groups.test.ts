import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpSource } from '../../src/groups/http-source.ts';
import { ANEW, start, TOKEN } from '../support/asking-host.ts';
import { startApi } from '../support/api-world.ts';
import { captureLog } from '../support/log-lines.ts';
import { HOOK_SECRET } from '../support/signed-webhook.ts';

const guide = new URL('../../docs/integrate-groups.md', import.meta.url);

/** The program that the guide shows, by its number. */
async function programOfGuide(index: number): Promise<string> {
  const programs = [...(await readFile(guide, 'utf8')).matchAll(/```js\n([\s\S]*?)```/g)];
  return programs[index]?.[1] ?? '';
}

/** Runs the program of the guide; its address. */
async function runExample(program: string): Promise<string> {
  const env = { GROUPS_TOKEN: TOKEN, PORT: '0' };
  const child = spawn(process.execPath, ['--input-type=module', '-'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  child.stdin.end(program);
  const [line] = await once(createInterface(child.stdout), 'line');
  return /http:\S+/.exec(String(line))?.[0] ?? '';
}

it('the program in the guide for integrators serves groups as Rolewright asks for them', async () => {
  const url = await runExample(await programOfGuide(0));
  const idsByAccount = new Map([
    ['ann', '42'],
    ['bob', '43'],
  ]);
  const ask = async (token: string) => {
    const source = createHttpSource({
      url,
      token,
      maxAgeMs: 1000,
      externalIdsOf: async () => idsByAccount,
      now: () => start,
      log: captureLog().log,
    });
    return source.factsOf(['ann', 'bob', 'stranger'], start, ANEW);
  };
  const facts = await ask(TOKEN);
  expect(facts.get('ann')).toEqual({
    status: 'known',
    asOf: start,
    groupIds: new Set(['http:pilots']),
    characters: 2,
    permissions: new Set(['fly']),
    name: 'Ann',
    ticker: 'RW',
  });
  expect(facts.get('bob')).toEqual({ status: 'known', asOf: start, groupIds: new Set() });
  expect(facts.get('stranger')).toMatchObject({ status: 'unknown', reason: /does not know this account/ });
  expect((await ask('another-token')).get('ann')).toMatchObject({ reason: /refused the token/ });

  const alone = { headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await fetch(`${url}/users/42/groups`, alone)).status).toBe(200);
  expect((await fetch(`${url}/users/99/groups`, alone)).status).toBe(404);
});

it('the program in the guide that tells of a change is believed', async () => {
  const { url, bot } = await startApi({ env: { GROUPS_HOOK_SECRET: HOOK_SECRET } });
  const env = { GROUPS_HOOK_SECRET: HOOK_SECRET, ROLEWRIGHT_URL: url };
  const child = spawn(process.execPath, ['--input-type=module', '-'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  child.stdin.end(await programOfGuide(1));
  const [line] = await once(createInterface(child.stdout), 'line');
  expect(line).toBe('202 {"result":"unknown_user"}');
  expect(bot.log.join('\n')).not.toContain(HOOK_SECRET.slice(6));
});
