import { AppError } from '../errors.ts';

/** On whose behalf Discord is asked. */
export interface Payer {
  accountId: string;
  isOperator: boolean;
}

/** How often Discord is asked on one account's behalf: all of them share the requests that the bot has. */
export interface ReadAllowance {
  /** Takes so many reads; who has any left this minute may go beyond it once. AppError rate_limited. */
  take(payer: Payer, reads?: number): void;
}

/** Of the 3,000 requests that Discord grants a bot in a minute: for who somebody is, and for what he orders. */
export const LOOKS_A_MINUTE = 300;
export const ORDERED_READS_A_MINUTE = 600;
/** As so many counts a dry run over a guild: it takes pages, and time. */
export const READS_OF_A_GUILD = 10;
/** Discord shuts out the address of whoever comes with 10,000 wrong tokens in ten minutes. */
export const READS_OF_A_TOKEN = 60;
const MINUTE_MS = 60_000;
/** Minutes that are over are dropped once there are so many. */
const SWEEP_AT = 1_000;

export function createReadAllowance(readsAMinute: number, { now }: { now: () => Date }): ReadAllowance {
  const minutes = new Map<string, { beganAt: number; taken: number }>();

  function sweep(at: number): void {
    if (minutes.size < SWEEP_AT) return;
    for (const [account, { beganAt }] of minutes) if (isOver(beganAt, at)) minutes.delete(account);
  }

  return {
    take({ accountId, isOperator }, reads = 1) {
      if (isOperator) return;
      const at = now().getTime();
      const running = minutes.get(accountId);
      if (!running || isOver(running.beganAt, at)) {
        sweep(at);
        minutes.set(accountId, { beganAt: at, taken: reads });
        return;
      }
      if (running.taken >= readsAMinute) {
        const retryAfterSeconds = Math.ceil((running.beganAt + MINUTE_MS - at) / 1000);
        throw new AppError('rate_limited', TOO_OFTEN, { retryAfterSeconds });
      }
      running.taken += reads;
    },
  };
}

/** A clock that was set back ends a minute as well. */
function isOver(beganAt: number, at: number): boolean {
  return at < beganAt || at >= beganAt + MINUTE_MS;
}

const TOO_OFTEN = 'Discord was asked too often on your behalf. Wait a minute, then go on.';
