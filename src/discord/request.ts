import { DefaultRestOptions, type RESTOptions } from '@discordjs/rest';

type Request = RESTOptions['makeRequest'];

/** How long to wait after a refusal that does not say so. */
const PAUSE_SECONDS = 5;

/** One request, which ends within that time with all of its answer; discord.js lets a body take for ever. */
export async function requestWithin(
  answerMs: number,
  ...[url, init]: Parameters<Request>
): Promise<Awaited<ReturnType<Request>>> {
  const signals = [AbortSignal.timeout(answerMs), ...(init.signal ? [init.signal] : [])];
  const answer = await DefaultRestOptions.makeRequest(url, { ...init, signal: AbortSignal.any(signals) });
  const { status, headers } = answer;
  // discord.js would repeat what is refused without a time to wait at once, and without end.
  if (status === 429 && !isAfter(headers.get('Retry-After'))) {
    const resetAfter = headers.get('X-RateLimit-Reset-After');
    headers.set('Retry-After', isAfter(resetAfter) ? String(resetAfter) : String(PAUSE_SECONDS));
  }
  return answer;
}

function isAfter(seconds: string | null): boolean {
  return Number(seconds ?? 0) > 0;
}
