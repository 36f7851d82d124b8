import type { GuildSettings, StoredGuild } from '../src/db/guild-store.ts';
import { count, plain } from '../src/markup.ts';
import type { GuildConfig } from '../src/sync/guild-look.ts';
import { doctorLines } from './doctor-words.ts';
import type { Lines } from './message.ts';

/** How the server stands: what hinders Rolewright, with its mend, and what is to be decided. */
export function setupLines({ guild, doctor, lastError }: GuildConfig, groups: number, mappings: number): Lines {
  const wrong = doctorLines(doctor);
  return {
    head: [
      '**Set up Rolewright**',
      ...(lastError === null ? [] : [`⛔ ${plain(lastError, 500)}`]),
      ...(wrong.length > 0
        ? ['**1. Mend what hinders it**, then press “Check again”:']
        : ['✅ 1. Rolewright can work here.']),
    ],
    list: wrong,
    tail: [
      auditLine(guild),
      `✅ 3. Settings: switch them below. Unattended work changes at most ${count(guild.maxRoleChangesPerSync, 'role')} in 10 minutes and takes a role from at most ${guild.maxRemovalsPercent} % of its holders; more removals wait for you.`,
      ...(guild.isEnabled
        ? []
        : ['⏸️ Rolewright is switched off here: `/settings set is_enabled:True` switches it on.']),
      ...nextLines(groups, mappings).map((line, index) => (index === 0 ? line.replace(/^(\S+) /, '$1 4. ') : line)),
    ],
  };
}

function auditLine({ auditChannelId, notificationChannelId }: GuildSettings): string {
  if (auditChannelId === null)
    return '➡️ 2. Choose an **audit channel**: there Rolewright tells what it changed and asks before it takes many roles. A channel for admins only is best.';
  const problems = notificationChannelId === null ? '' : `, what you must act on in <#${notificationChannelId}>`;
  return `✅ 2. Rolewright tells what it changes in <#${auditChannelId}>${problems}.`;
}

/** What is still missing until roles follow groups. */
function nextLines(groups: number, mappings: number): string[] {
  if (mappings > 0) return [`✅ ${count(groups, 'group')}, ${count(mappings, 'mapping')}: roles follow groups.`];
  if (groups > 0) return [`➡️ ${count(groups, 'group')}, but no mapping yet: give a group its role with \`/map add\`.`];
  return [
    '➡️ No group and no mapping yet:',
    '> `/group create name:Pilots` makes a group, `/group add` puts people in.',
    '> `/map add group:Pilots role:@Pilot` gives its members the role; it shows who, before anything happens.',
  ];
}

/** The end of the wizard: what is set, and what is left to do. */
export function doneLines({ auditChannelId }: StoredGuild, groups: number, mappings: number): string[] {
  const isComplete = auditChannelId !== null && mappings > 0;
  return [
    isComplete ? '✅ **Rolewright is set up.**' : '**Saved.** This is still missing:',
    ...(auditChannelId === null
      ? ['➡️ No audit channel: `/setup` or `/settings set audit_channel:` chooses one.']
      : []),
    ...nextLines(groups, mappings),
    'Members link themselves with `/link`; `/panel` posts a button for it where everybody sees it.',
    '`/settings show` shows everything, `/doctor` checks, and `/setup` can be run again at any time.',
  ];
}
