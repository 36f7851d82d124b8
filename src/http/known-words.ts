import { z } from 'zod';
import type { Finding, RoleBlock } from '../core/doctor.ts';
import type { Trigger } from '../core/occasion.ts';
import type { ChangeReason } from '../core/plan.ts';
import type { DoctorEntry } from '../sync/guild-doctor.ts';
import type { Outcome } from '../sync/ports.ts';

// Words of answers that clients go by, each with what it means. The types keep these lists whole.

type Meanings<W extends string> = Readonly<Record<W, string>>;

/** A word of an answer. What is stored is told whatever it is; the document lists the words that there are. */
function oneOf<W extends string>(intro: string, meanings: Meanings<W>) {
  const words = Object.keys(meanings);
  const told = Object.entries<string>(meanings).map(([word, meaning]) => `\`${word}\`: ${meaning}`);
  return z.string().meta({
    description: `${intro} ${told.join('; ')}.`,
    override({ jsonSchema }: { jsonSchema: object }) {
      Object.assign(jsonSchema, { enum: words });
    },
  });
}

const BLOCKS: Meanings<RoleBlock> = {
  role_deleted: 'the role is gone',
  role_above_bot: "it is not below the bot's own role",
  role_managed: 'Discord or another integration keeps it',
  role_everyone: 'everybody has @everyone',
  missing_manage_roles: 'the bot lacks Manage Roles',
};

const OF_MAPPINGS: Meanings<Finding['code']> = {
  ...BLOCKS,
  bot_not_in_guild: 'the bot is not in the guild',
  group_missing: 'it names a group that does not exist',
  dangerous_permissions: 'the role carries powerful permissions',
  never_true: 'its conditions contradict each other',
  shadowed: 'another mapping of its exclusive set always wins',
  duplicate: 'an older mapping says the same',
};

const OF_GUILDS: Meanings<DoctorEntry['code']> = {
  ...OF_MAPPINGS,
  missing_manage_nicknames: 'the bot lacks Manage Nicknames',
  missing_create_invite: 'it lacks Create Invite',
  missing_view_audit_log: 'it lacks View Audit Log',
  bypass_role_deleted: 'the bypass role is gone',
  audit_channel_closed: 'nothing can be posted in the audit channel',
  notification_channel_closed: 'nor in the notification channel',
  auto_join_without_scope: 'auto_join needs guilds.join in DISCORD_SCOPES',
  bot_token_refused: "Discord refuses the token of the guild's own bot",
  bot_token_unreadable: 'that token cannot be read',
};

const OUTCOMES: Meanings<Outcome | 'planned'> = {
  planned: 'it is not done yet',
  applied: 'done',
  already: 'it was so',
  lost: 'Discord said that it was done, and it was not so',
  failed: 'Discord did not do it',
  forbidden: 'Discord refused it',
  role_gone: 'the role is gone',
  guild_gone: 'the bot is no longer in the guild',
  member_left: 'the member has left',
  'blocked:role_deleted': 'blocked, the role is gone',
  'blocked:role_above_bot': "blocked, the role is not below the bot's own",
  'blocked:role_managed': 'blocked, others keep the role',
  'blocked:role_everyone': 'blocked, everybody has it',
  'blocked:missing_manage_roles': 'blocked, the bot lacks Manage Roles',
  held: 'it waits for approval',
  deferred: 'a later sync does it',
  cancelled: 'it was called off',
  undone: 'it was done, and has been undone',
};

export const blockCode = oneOf('Why the bot cannot give or take the role.', BLOCKS);
export const mappingCode = oneOf('What it is.', OF_MAPPINGS);
export const doctorCode = oneOf('What it is.', OF_GUILDS);
export const outcome = oneOf('What became of it.', OUTCOMES);

export const reason = oneOf('Why it was to be done.', {
  mapping_true: 'a mapping gives it',
  mapping_false: 'no mapping gives it any more',
  mapping_released: 'its mappings have ended',
  not_linked: 'the member is not linked any more',
  drift_reverted: 'somebody had taken it away by hand',
  given_back_on_rejoin: 'the member came back',
  foreign_removed: 'Rolewright had not given it, and on_foreign is remove',
  undone: 'a run is undone',
  put_back: 'an edit by hand that a write of Rolewright had run into is made good',
} satisfies Meanings<ChangeReason>);

export const trigger = oneOf('Why it ran.', {
  manual: 'somebody asked',
  schedule: 'it was time',
  startup: 'Rolewright has started',
  join: 'somebody joined the guild',
  drift: 'a role was changed by hand',
  link: 'somebody linked',
  unlink: 'somebody unlinked',
  group: 'a group was edited',
  push: 'an application pushed',
  mapping: 'a mapping was edited',
  expiry: 'a membership ended',
  guild_event: 'the guild or its configuration has changed',
  approval: 'an admin approved what was held',
  undo: 'an admin undoes a run',
} satisfies Meanings<Trigger>);
