import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decideRoles } from '../../src/core/verdict.ts';
import type { ConfigChange } from '../../src/db/config-change-store.ts';
import { decisionEmbed } from '../../src/decision-sentences.ts';
import { noticeMessage } from '../../src/discord/notice-words.ts';
import { runMessage } from '../../src/discord/run-notices.ts';
import { AT, emptyPlan, linkOf, mappingOf, role } from '../support/fake-app.ts';
import { guildConfigOf, storedGuild } from '../support/fake-guild-configs.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { plain } from '../../src/markup.ts';
import { harmIn, HOSTILE_NAMES } from '../support/hostile-names.ts';
import { ADMIN, ANA, CHIEF, groupOf, GUILD, PILOT, smallWorld } from '../support/small-world.ts';
import { AUDIT_CHANNEL_ID } from '../support/wire-payloads.ts';

const RUN = '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
/** As long as Discord lets a name be. */
const LONG = ['*'.repeat(100), '_`'.repeat(50), '\u202e@everyone '.repeat(9), '👩‍🚀'.repeat(20), '\u200b'.repeat(100)];
const NAMES = [...HOSTILE_NAMES, ...LONG];

// Discord's limits (docs: resources/message, interactions/message-components).
const label = z.string().min(1).max(100);
const id = z.string().min(1).max(100);
const option = z.looseObject({ label, value: id, description: label.optional() });
const part = z.looseObject({
  custom_id: id.optional(),
  label: z.string().min(1).max(80).optional(),
  placeholder: z.string().max(150).optional(),
  options: z.array(option).min(1).max(25).optional(),
});
const embed = z.looseObject({ title: z.string().max(256).nullish(), description: z.string().max(4096).nullish() });
const limits = z.looseObject({
  embeds: z.array(embed).max(1),
  components: z.array(z.looseObject({ components: z.array(part).min(1).max(5) })).max(5),
});

/** A message that harms nobody, and that Discord takes. */
function expectHarmless(name: string, { components = [], embeds = [], text = '' }: Partial<Shown>): void {
  limits.parse({ components, embeds });
  if (embeds.length === 0) expect(text.length).toBeLessThanOrEqual(2000);
  // What Rolewright itself sets in bold.
  const content = text.replaceAll(`**${plain(name)}**`, '');
  expect(harmIn({ content, components, allowed_mentions: { parse: [] } })).toBeNull();
  expect(JSON.stringify(components)).not.toMatch(DIRECTIONS);
}

interface Shown {
  text: string;
  embeds: { title?: string | null | undefined; description?: string | null | undefined }[];
  components: unknown[];
}

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/;

/** A server where everything is called that. */
function worldOf(name: string) {
  const groups = [{ ...groupOf('pilots-id', name), description: name }, groupOf('global-id', name, null)];
  const conditions = {
    requireAll: false,
    groups: [`http:${name}`],
    excludedGroups: ['global-id'],
    characterCountMin: 1,
    characterCountMax: null,
    requiredPermissions: [name],
  };
  const rule = { groupId: 'pilots-id', conditions, exclusiveSet: name, roleName: name };
  const mappings = [
    mappingOf({ id: 'm1', roleId: PILOT, ...rule }),
    mappingOf({ id: 'm2', roleId: CHIEF, ...rule, isActive: false }),
  ];
  const facts = new Map([['local', { status: 'known' as const, asOf: AT, groupIds: new Set(['pilots-id']) }]]);
  const verdicts = decideRoles(mappings, facts);
  const plan = emptyPlan({
    verdicts,
    nick: name,
    changes: [{ action: 'add', roleId: PILOT, reason: 'mapping_true', mappingIds: ['m1'] }],
    blocked: [{ action: 'add', roleId: CHIEF, reason: 'mapping_true', mappingIds: [], block: 'role_above_bot' }],
  });
  const finding = { code: 'role_above_bot' as const, severity: 'error' as const, mend: `Drag it above @${name}.` };
  const verdict = verdicts.get(PILOT);
  const record = {
    name,
    description: name,
    nickname_template: name,
    exclusive_set: name,
    group_id: name,
    [name]: name,
  };
  const kinds = ['guild', 'mapping', 'group', 'membership'] as const;
  const configChanges = kinds.map((subject, index): ConfigChange => ({
    id: index,
    guildId: GUILD,
    at: AT,
    actor: name,
    subject,
    subjectId: 'pilots-id',
    action: 'update',
    before: {},
    after: record,
  }));
  const doctor = [{ ...finding, mappingId: null, roleId: null, roleName: name }];
  const stored = storedGuild(GUILD, AT, { nicknameTemplate: name, name });
  const world = smallWorld({
    groups,
    mappings: mappings.map((mapping) => ({ mapping, findings: [finding] })),
    plans: new Map([[ANA, plan]]),
    links: new Map([[ANA, { ...linkOf(ANA), username: name, globalName: name }]]),
    explanation: {
      discordId: ANA,
      roleId: PILOT,
      isPresent: true,
      isLinked: true,
      verdict: 'true',
      mappings: verdict?.mappings ?? [],
      grant: null,
      leftAlone: null,
      change: null,
      block: null,
      kept: null,
    },
    runs: [runOf({ id: RUN, status: 'held', errors: [name] }), runOf({ id: `1${RUN.slice(1)}`, rolesAdded: 1 })],
    changes: [changeOf({ runId: RUN, discordId: ANA, roleId: PILOT, changedBy: name })],
    configChanges,
    guildConfigs: new Map([[GUILD, guildConfigOf(stored, { doctor, lastError: name })]]),
  });
  const { guild } = world.world;
  const named = [PILOT, CHIEF].map((roleId) => [roleId, role(roleId, name)] as const);
  Object.assign(guild, { name, roles: new Map([...guild.roles, ...named]) });
  return world;
}

describe.each(NAMES.map((name) => ({ shown: JSON.stringify(name), name })))('a world called $shown', ({ name }) => {
  it('is harmless in every reply, list, form and choice', async () => {
    const world = worldOf(name);
    const { admin, ana } = world;
    const typed = name.slice(0, 90);
    const replies = [
      await ana.run('me'),
      await admin.run('setup'),
      await admin.run('settings show'),
      await admin.run('doctor'),
      await admin.run('why', { user: ANA, role: PILOT }),
      await admin.run('map list'),
      await admin.run('map add', { group: 'pilots-id', role: PILOT, exclusive_set: typed }),
      await admin.run('map remove', { mapping: 'm1' }),
      await admin.run('map edit', { mapping: 'm1', priority: 3 }),
      await admin.run('map edit', { mapping: typed, priority: 3 }),
      await admin.run('group list'),
      await admin.run('group show', { group: 'pilots-id' }),
      await admin.run('group show', { group: typed }),
      await admin.run('group delete', { group: 'pilots-id' }),
      await admin.run('group add', { group: 'pilots-id', user: ANA }),
      await admin.run('sync user', { user: ANA }),
      await admin.run('sync server'),
      await admin.run('sync status'),
      await admin.run('audit'),
      await admin.run('audit', { what: 'configuration' }),
      await admin.menu('Explain roles', ANA),
      await admin.menu('Sync roles', ANA),
      await admin.run('settings set', { nickname_template: typed }),
      await admin.run('panel', { channel: AUDIT_CHANNEL_ID }),
    ];
    for (const seen of replies) expectHarmless(name, seen);
    for (const seen of world.posted) expectHarmless(name, seen);

    const synced = await ana.click(await ana.run('me'), 'Sync now');
    expectHarmless(name, synced);
    const applied = await admin.click(await admin.run('sync status'), 'Approve');
    expectHarmless(name, applied);

    for (const [command, asked] of [
      ['group show', 'group'],
      ['map add', 'group'],
      ['map edit', 'mapping'],
      ['map edit', 'any_of'],
    ] as const) {
      for (const choice of await admin.type(command, asked, '')) {
        expect(choice.name).toMatch(/^.{1,100}$/su);
        expect(choice.name).not.toMatch(DIRECTIONS);
        expect(choice.value.length).toBeLessThanOrEqual(100);
      }
    }
  });

  it('is harmless in what the audit channel tells', () => {
    const run = runOf({ id: RUN, errors: Array<string>(9).fill(name), rolesRemoved: 1, decidedBy: ADMIN });
    const changes = [changeOf({ runId: RUN, discordId: ANA, roleId: PILOT, outcome: 'applied' })];
    const told = [
      noticeMessage({ kind: 'paused', why: name }),
      noticeMessage({ kind: 'doctor', problems: Array.from({ length: 30 }, () => ({ roleId: PILOT, mend: name })) }),
      runMessage(run, changes),
      { embeds: [decisionEmbed(run, changes)], components: [] },
    ];
    for (const { embeds, components } of told) {
      const text = embeds.map(({ title, description }) => `${title}\n${description}`).join();
      expectHarmless(name, { text, embeds, components });
    }
  });
});
