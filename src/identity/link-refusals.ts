import type { OAuthState } from '../db/state-store.ts';
import { AppError } from '../errors.ts';

export type Purpose = OAuthState['purpose'];

/** How one begins anew, after "Wait a minute, then ..." and the like. */
const AGAIN: Record<Purpose, string> = {
  link_from_discord: 'go back to Discord and type /link again',
  login: 'log in again',
  link: 'begin to link again on the page where you began',
};

/** Why a login or a link did not come about, in words for its page. */
export const refusals = {
  /** @param purpose null: nothing is known of it any more */
  expired: (purpose: Purpose | null, options?: ErrorOptions) => new AppError('link_expired', expired(purpose), options),

  otherBrowser: (purpose: Purpose | null) =>
    new AppError('link_other_browser', otherBrowser(purpose ?? 'link_from_discord')),

  otherAccount: () =>
    new AppError(
      'link_other_account',
      'Another account began this than the one that is logged in here, so nothing was linked. Log in with the right Discord user, then begin to link again.',
    ),

  denied: (purpose: Purpose) =>
    purpose === 'login'
      ? new AppError(
          'login_denied',
          'You said no to Discord, so you are not logged in. If that was a mistake, log in again.',
        )
      : new AppError(
          'link_denied',
          `You said no to Discord, so nothing was linked. If that was a mistake, ${AGAIN[purpose]}.`,
        ),

  /** @param cause for whoever runs Rolewright */
  notGranted: (purpose: Purpose, cause: Error) =>
    purpose === 'login'
      ? new AppError(
          'login_denied',
          'Discord did not let you log in here. Log in again; if it stays like this, tell whoever runs Rolewright.',
          { cause },
        )
      : new AppError(
          'link_denied',
          `Discord did not allow this, so nothing was linked. To try again, ${AGAIN[purpose]}; if it stays like this, tell whoever runs Rolewright.`,
          { cause },
        ),

  otherUser: () =>
    new AppError(
      'link_other_user',
      'This link was made for somebody else than the Discord user who is signed in here, so nothing was linked. Go back to Discord, type /link yourself, and check on the consent page which Discord user is signed in.',
    ),

  accountConflict: () =>
    new AppError(
      'account_conflict',
      'This Discord user already belongs to another account, and accounts are not merged, so nothing was changed. To move it, type /unlink in Discord as that Discord user, then begin again.',
    ),

  discordTrouble: (purpose: Purpose, cause: unknown) =>
    new AppError('discord_unavailable', `Discord has a problem at the moment. Wait a minute, then ${AGAIN[purpose]}.`, {
      cause,
    }),

  notLinked: () => new AppError('not_linked', 'Your Discord user is not linked.'),
};

function expired(purpose: Purpose | null): string {
  if (purpose === 'login') return 'This login took too long, or it was used already. Log in again.';
  if (purpose === 'link') return `This took too long, so nothing was linked. Please ${AGAIN.link}.`;
  const words =
    'This link was used already, or it is too old. If you have just linked, all is well: /me in Discord shows it. Otherwise type /link there to get a new one.';
  return purpose === null ? `${words} If you wanted to log in, log in again.` : words;
}

function otherBrowser(purpose: Purpose): string {
  if (purpose === 'login') {
    return 'This login began in another browser, or this one blocks cookies. Log in again here, with cookies allowed.';
  }
  if (purpose === 'link') {
    return 'This began in another browser, or this one blocks cookies, so nothing was linked. Log in here first, or begin to link again in this browser, with cookies allowed.';
  }
  return 'This link was opened in another browser, or this one blocks cookies. Go back to Discord, type /link again and open the new link in one browser, with cookies allowed.';
}
