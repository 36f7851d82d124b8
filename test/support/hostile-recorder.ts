import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import type { Answered, Sent } from './api-world.ts';
import type { LocalGuild } from './local-discord.ts';

/** Every secret that there is, by what it is: those that were set, and those that are given out meanwhile. */
export type Secrets = Map<string, string>;

/** Notes every code and token that the local Discord gives out from now on. */
export function noteIssued({ discord }: LocalGuild, secrets: Secrets): void {
  const authorizations = authorizationsOf(discord.world);
  const { allow, issue, refresh } = authorizations;
  const notePair = (pair: ReturnType<typeof issue>, how = '') => {
    secrets.set(pair.access.token, `an access token${how}`);
    secrets.set(pair.refreshToken, `a refresh token${how}`);
    return pair;
  };
  Object.assign(authorizations, {
    allow(...grant: Parameters<typeof allow>) {
      const code = allow(...grant);
      secrets.set(code, 'a code');
      return code;
    },
    issue: (...of: Parameters<typeof issue>) => notePair(issue(...of)),
    refresh(...of: Parameters<typeof refresh>) {
      const pair = refresh(...of);
      return pair && notePair(pair, ' that was renewed');
    },
  });
}

const STATE = /[?&]state=([\w-]{43})/;

/** Sends as `send` does, and keeps all that was answered, but for what is due to whoever asked. */
export function createRecorder(send: (line: string, sent?: Sent) => Promise<Answered>, secrets: Secrets) {
  const answers: { line: string; text: string }[] = [];

  /** The session in its cookie, and the state in the way to Discord, are for him who asked. */
  function withoutDue({ text, headers }: Answered): string {
    const others = [...headers].filter(([name]) => name !== 'set-cookie');
    const whole = [text, ...others.map(([name, value]) => `${name}: ${value}`)].join('\n');
    const state = STATE.exec(whole)?.[1];
    if (state === undefined) return whole;
    secrets.set(state, 'a state');
    return whole.replaceAll(state, '(its state)');
  }

  return {
    answers,

    async ask(line: string, sent: Sent = {}): Promise<Answered> {
      const answer = await send(line, sent);
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (value !== '') secrets.set(value, `the cookie ${name}`);
      }
      answers.push({ line: line.replace(/\?.*/, ''), text: withoutDue(answer) });
      return answer;
    },
  };
}

/** Which secrets stand in the text, however they are written. */
export function secretsIn(text: string, secrets: Secrets): string[] {
  return [...secrets].flatMap(([secret, name]) => {
    const written = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
    return written.some((form) => text.includes(form)) ? [name] : [];
  });
}
