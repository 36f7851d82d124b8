import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpSource } from '../../src/groups/http-source.ts';
import { ANEW, start, TOKEN } from '../support/asking-host.ts';
import { captureLog } from '../support/log-lines.ts';

const guide = new URL('../../docs/integrate-groups.md', import.meta.url);

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
  const program = /```js\n([\s\S]*?)```/.exec(await readFile(guide, 'utf8'))?.[1] ?? '';
  const url = await runExample(program);
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
