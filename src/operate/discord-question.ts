/** What Discord said to one plain request, or why it said nothing. */
export type DiscordSaid =
  | {
      status: number;
      json: unknown;
      /** Discord's clock less ours, ms; null: it did not tell. */ skewMs: number | null;
    }
  | { why: string };

export type AskDiscord = (
  path: string,
  form?: { fields: Record<string, string>; authorization: string },
) => Promise<DiscordSaid>;

const ANSWER_MS = 10_000;

/** Plain requests as the bot: a GET, or with `form` a POST in the application's name. Nothing is tried again. */
export function createDiscordQuestions(options: {
  apiUrl: string;
  botToken: string;
  version: string;
  nowMs: () => number;
}): AskDiscord {
  const { apiUrl, botToken, version, nowMs } = options;
  return async (path, form) => {
    const askedAt = nowMs();
    try {
      const response = await fetch(`${apiUrl}/v10${path}`, {
        method: form ? 'POST' : 'GET',
        headers: {
          'user-agent': `DiscordBot (https://github.com/rolewright/rolewright, ${version})`,
          authorization: form ? form.authorization : `Bot ${botToken}`,
        },
        body: form ? new URLSearchParams(form.fields) : null,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      const middle = (askedAt + nowMs()) / 2;
      return { status: response.status, json: parsed(text), skewMs: skewIn(response.headers.get('date'), middle) };
    } catch (error) {
      return { why: reasonOf(error) };
    }
  };
}

/** A date in a header has whole seconds, cut off: half of one is lost on average. */
function skewIn(date: string | null, oursMs: number): number | null {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? null : theirs + 500 - oursMs;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error of fetch says little itself; its cause names what the network did. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it did not answer';
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
  return code ?? (cause instanceof Error ? cause.message : error.message);
}
