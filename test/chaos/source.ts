import type { Clock } from './clock.ts';

/** How somebody else's groups behave: they answer, fail, say that nobody is in any group, or know nobody any more. */
export type SourceMood = 'up' | 'silent' | 'empty' | 'gone';

/** Somebody else's groups. What they would say if they were up is `truth`. */
export interface ScriptedHost {
  mood: SourceMood;
  /** Group names (without `http:`) by account. */
  truth: Map<string, Set<string>>;
}

/** The host's side of docs/integrate-groups.md, in virtual time; it takes no batches. */
export function createHostFetch(host: ScriptedHost, clock: Clock): typeof globalThis.fetch {
  return async (input, init) => {
    await clock.sleep(15);
    const { mood, truth } = host;
    if (init?.method === 'POST') return new Response(null, { status: 405 });
    if (mood === 'silent') return new Response(null, { status: 503 });
    if (mood === 'gone') return new Response(null, { status: 404 });
    const path = input instanceof Request ? input.url : input.toString();
    const account = /users\/([^/]+)\/groups/.exec(path)?.[1] ?? '';
    const names = mood === 'empty' ? [] : [...(truth.get(account) ?? [])];
    return Response.json({ groups: names.map((id) => ({ id, name: id })) });
  };
}

/** What the host itself calls a group. */
export function nameInHost(group: string): string {
  return group.slice('http:'.length);
}
