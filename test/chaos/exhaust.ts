import { grants } from '../../src/db/schema.ts';
import { judge } from './judge.ts';
import { play, type Played, type Trial } from './play.ts';
import { STORY } from './story.ts';
import { openStores, type Stores } from './stores.ts';
import type { Weather } from './weather.ts';

/** One thing that goes wrong in the story. */
type Mishap =
  | { mishap: 'crash'; at: number; when: 'before' | 'after'; what: string }
  | { mishap: 'event dropped'; at: number; what: string }
  | { mishap: 'stale read'; at: number; what: string };

/** What the story ends in, and how it came there. */
interface Ending {
  world: string;
  writes: number;
  wrong: string[];
}

/** Effects that change something, each of which the process may die before or after. */
const COMMITS =
  /^(PUT|PATCH|DELETE)$|\.(joined|left|update|noteHealth|noteFullSync|noteSynced|create|remove|save|renew|forget|forgetMember|forgetRole|clear|start|finish|plan|record|settleOpen|setOutcome|link|unlink|createAccount|addMember|removeMembers|takeExpired)$/;

/**
 * Plays the story once for every mishap.
 * @param every leaves out all but each so-manieth, for those in a hurry
 * @returns a line for each that ends otherwise
 */
export async function playMishaps(every = 1): Promise<{ mishaps: number; failures: string[] }> {
  const stores = openStores();
  const { ending, mishaps } = await rehearse(stores);
  const failures = ending.wrong.map((line) => `as it is: ${line}`);
  const chosen = mishaps.filter((_, index) => index % every === 0);
  for (const mishap of chosen) {
    for (const line of await suffer(stores, mishap, ending)) failures.push(`${words(mishap)}: ${line}`);
  }
  stores.close();
  return { mishaps: chosen.length, failures };
}

function words(mishap: Mishap): string {
  const { at, what } = mishap;
  return mishap.mishap === 'crash' ? `crash ${mishap.when} ${what} (${at})` : `${mishap.mishap}: ${what} (${at})`;
}

/** Plays the story as it is, and lists everything that can go wrong in it once. */
async function rehearse(stores: Stores): Promise<{ ending: Ending; mishaps: Mishap[] }> {
  const mishaps: Mishap[] = [];
  const counts = { crash: 0, event: 0, read: 0 };
  const weather: Weather = {
    ...NICE,
    event(type) {
      mishaps.push({ mishap: 'event dropped', at: (counts.event += 1), what: type });
      return null;
    },
    request({ method }) {
      if (method === 'GET') mishaps.push({ mishap: 'stale read', at: (counts.read += 1), what: method });
      return null;
    },
  };
  const strike: Trial['strike'] = (what, when) => {
    if (!COMMITS.test(what)) return false;
    if (when === 'before') counts.crash += 1;
    mishaps.push({ mishap: 'crash', at: counts.crash, when, what });
    return false;
  };
  return { ending: endOf(await play(stores, STORY, 0, { weather, strike })), mishaps };
}

/** Plays the story with one mishap; what is wrong with it, empty if it ends as it should. */
async function suffer(stores: Stores, mishap: Mishap, good: Ending): Promise<string[]> {
  const played = await play(stores, STORY, 0, trialOf(mishap));
  const ending = endOf(played);
  const wrong = [...ending.wrong];
  if (ending.world !== good.world) wrong.push(`another world: ${difference(ending.world, good.world)}`);
  if (ending.writes > good.writes + 1) wrong.push(`${ending.writes} writes instead of ${good.writes}`);
  return wrong;
}

/** A replica of Discord's may be so far behind. */
const STALE_MS = 20_000;

const NICE: Weather = { request: () => null, event: () => null, isMeddled: () => false, latencyMs: () => 25 };

function trialOf({ mishap, at, ...rest }: Mishap): Trial {
  let count = 0;
  const isNow = (): boolean => (count += 1) === at;
  switch (mishap) {
    case 'crash': {
      let hasDied = false;
      const when = 'when' in rest ? rest.when : 'before';
      return {
        weather: NICE,
        strike(what, passing) {
          if (hasDied || !COMMITS.test(what)) return false;
          if (passing === 'before') count += 1;
          hasDied = count === at && passing === when;
          return hasDied;
        },
      };
    }
    case 'event dropped':
      return { weather: { ...NICE, event: () => (isNow() ? { kind: 'drop' } : null) } };
    case 'stale read':
      return {
        staleMs: STALE_MS,
        weather: { ...NICE, request: ({ method }) => (method === 'GET' && isNow() ? { kind: 'stale' } : null) },
      };
  }
}

function endOf(played: Played): Ending {
  const { scene, stores, history } = played;
  const ledger = stores.orm.select().from(grants).all();
  const lines = scene.people.map((discordId) => {
    const held = scene.rolesOf(discordId);
    const roles = held ? [...held].map(scene.nameOf).sort().join('') : 'away';
    const granted = ledger.filter((row) => row.discordId === discordId).map(({ roleId }) => scene.nameOf(roleId));
    return `${scene.nameOf(discordId)} ${roles} (${granted.sort().join('')})`;
  });
  return { world: lines.join('\n'), writes: history.writes.length, wrong: judge(played) };
}

function difference(is: string, shouldBe: string): string {
  const should = shouldBe.split('\n');
  return is
    .split('\n')
    .flatMap((line, index) => (line === should[index] ? [] : [`${line} instead of ${should[index] ?? ''}`]))
    .join(', ');
}
