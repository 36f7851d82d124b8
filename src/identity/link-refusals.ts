import { AppError } from '../errors.ts';

/** Why a link did not come about, in words for its page. */
export const refusals = {
  expired: () =>
    new AppError(
      'link_expired',
      'This link was used already, or it is too old. If you have just linked, all is well: /me in Discord shows it. Otherwise type /link there to get a new one.',
    ),
  otherBrowser: () =>
    new AppError(
      'link_other_browser',
      'This link was opened in another browser, or this one blocks cookies. Go back to Discord, type /link again and open the new link in one browser, with cookies allowed.',
    ),
  denied: () =>
    new AppError(
      'link_denied',
      'You said no to Discord, so nothing was linked. If that was a mistake, go back to Discord and type /link again.',
    ),
  otherUser: () =>
    new AppError(
      'link_other_user',
      'This link was made for somebody else than the Discord user who is signed in here, so nothing was linked. Go back to Discord, type /link yourself, and check on the consent page which Discord user is signed in.',
    ),
  accountConflict: () =>
    new AppError(
      'account_conflict',
      'This Discord user already belongs to another account, so nothing was changed. Type /unlink in Discord first if you want to move it.',
    ),
  discordTrouble: (error: string) =>
    new AppError(
      'discord_unavailable',
      'Discord has a problem at the moment. Wait a minute, then go back to Discord and type /link again.',
      { cause: new Error(`the consent page answered ${error}`) },
    ),
  notLinked: () => new AppError('not_linked', 'Your Discord user is not linked. Type /link to link it.'),
};
