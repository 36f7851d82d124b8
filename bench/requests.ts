import type { SeenRequest } from './discord-process.ts';

/** What changes a guild. */
export function writesOf(requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter(({ method, path }) => method !== 'GET' && path.startsWith('/guilds/'));
}

export function readsOf(requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/guilds/'));
}

/** Writes of one member. */
export function writesOfMember(requests: readonly SeenRequest[], discordId: string): SeenRequest[] {
  return writesOf(requests).filter(({ path }) => path.includes(`/members/${discordId}`));
}

export function refusedForRate(requests: readonly SeenRequest[]): number {
  return requests.filter(({ status }) => status === 429).length;
}

/** From the first to the last, in ms. */
export function spanMs(requests: readonly SeenRequest[]): number {
  const times = requests.map(({ at }) => at);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}
