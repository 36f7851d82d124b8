import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createRunStore, type NewChange } from '../../src/db/run-store.ts';
import { createJoinLatency } from '../../src/metrics/join-latency.ts';
import { createMetrics, type Moment } from '../../src/metrics/metrics.ts';
import { observeRuns } from '../../src/metrics/observed-runs.ts';
import { timeStore } from '../../src/metrics/timed-store.ts';
import type { GuildEvents } from '../../src/sync/guild-events.ts';
import type { RoleWriter, WriteAnswer } from '../../src/sync/ports.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const GUILD = '100000000000000001';
const ADA = '200000000000000001';
const PILOT = '300000000000000001';
const quiet: Moment = {
  waiting: { interactive: 0, event: 0, bulk: 0 },
  gateway: { isUp: true, pingMs: null },
  isGroupsSourceUp: null,
};

const linesOf = async (metrics: ReturnType<typeof createMetrics>, moment = quiet) =>
  (await metrics.text(moment)).split('\n');

describe('the figures', () => {
  it('tell of this moment: what waits, and the gateway', async () => {
    const metrics = createMetrics();
    const waiting = { interactive: 1, event: 2, bulk: 3 };
    const lines = await linesOf(metrics, { ...quiet, waiting, gateway: { isUp: true, pingMs: 42 } });
    expect(lines).toContain('rolewright_sync_queue_depth{lane="bulk"} 3');
    expect(lines).toContain('rolewright_gateway_up 1');
    expect(lines).toContain('rolewright_gateway_ping_seconds 0.042');
    const later = await linesOf(metrics, { ...quiet, gateway: { isUp: false, pingMs: null } });
    expect(later).toContain('rolewright_gateway_up 0');
    expect(later.some((line) => line.startsWith('rolewright_gateway_ping_seconds '))).toBe(false);
  });

  it('tell whether the source of groups answers, where there is one', async () => {
    const metrics = createMetrics();
    const told = async (isGroupsSourceUp: boolean | null) =>
      (await linesOf(metrics, { ...quiet, isGroupsSourceUp })).filter((line) => line.startsWith('rolewright_groups'));
    expect(await told(null)).toEqual([]);
    expect(await told(false)).toEqual(['rolewright_groups_source_up 0']);
    expect(await told(true)).toEqual(['rolewright_groups_source_up 1']);
    expect(await told(null)).toEqual([]);
  });

  it('hold the process as well, once however many there are', async () => {
    await linesOf(createMetrics());
    const lines = await linesOf(createMetrics());
    expect(lines.filter((line) => line.startsWith('rolewright_process_cpu_seconds_total '))).toHaveLength(1);
    expect(lines.some((line) => line.startsWith('rolewright_nodejs_eventloop_lag_seconds'))).toBe(true);
  });

  it('count what two Rolewrights do apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.refused('shared');
    expect(await linesOf(one)).toContain('rolewright_discord_429_total{scope="shared"} 1');
    expect(await linesOf(other)).not.toContain('rolewright_discord_429_total{scope="shared"} 1');
  });
});

describe('the runs’ figures', () => {
  const change: NewChange = {
    guildId: GUILD,
    discordId: ADA,
    roleId: PILOT,
    action: 'add',
    outcome: 'applied',
    reason: 'mapping_true',
    mappingIds: [],
    changedBy: null,
    at: AT,
  };
  const newRun = {
    type: 'guild',
    guildId: GUILD,
    targetId: GUILD,
    trigger: 'schedule',
    initiatedBy: null,
    startedAt: AT,
    isBounded: true,
    undoOf: null,
  } as const;
  const sums = {
    completedAt: AT,
    usersProcessed: 1,
    usersSynced: 1,
    usersFailed: 0,
    rolesAdded: 1,
    rolesRemoved: 0,
    errors: [],
  };

  async function start() {
    const database = openDatabase(':memory:');
    await createGuildStore(database).joined(GUILD, 'Home', AT);
    const metrics = createMetrics();
    return { metrics, runs: observeRuns(createRunStore(database), metrics) };
  }

  it('count a run when it has ended, and its changes as they happen', async () => {
    const { metrics, runs } = await start();
    await runs.start({ ...newRun, id: 'a', status: 'running' });
    await runs.record('a', [change, { ...change, roleId: '300000000000000002', outcome: 'blocked:role_above_bot' }]);
    expect((await metrics.text(quiet)).includes('rolewright_sync_runs_total{')).toBe(false);
    await runs.finish('a', { ...sums, status: 'completed' });
    const lines = await linesOf(metrics);
    expect(lines).toContain('rolewright_sync_runs_total{trigger="schedule",status="completed"} 1');
    expect(lines).toContain('rolewright_changes_total{action="add",outcome="applied"} 1');
    expect(lines).toContain('rolewright_changes_total{action="add",outcome="blocked:role_above_bot"} 1');
  });

  it('count a held run once as held, and once by what was decided', async () => {
    const { metrics, runs } = await start();
    await runs.start({ ...newRun, id: 'a', status: 'held' });
    await runs.update('a', { errors: ['x'] });
    await runs.update('a', { status: 'cancelled', completedAt: AT }, 'held');
    await runs.update('a', { status: 'cancelled' }, 'held');
    const lines = (await linesOf(metrics)).filter((line) => line.startsWith('rolewright_sync_runs_total{'));
    expect(lines.toSorted()).toEqual([
      'rolewright_sync_runs_total{trigger="schedule",status="cancelled"} 1',
      'rolewright_sync_runs_total{trigger="schedule",status="held"} 1',
    ]);
  });
});

const nothing = async () => undefined;

function startJoining(answer: WriteAnswer = { outcome: 'applied' }) {
  const clock = { ms: 0 };
  const noted: number[] = [];
  const joins = createJoinLatency({ steadyMs: () => clock.ms, note: (ms) => noted.push(ms) });
  const answers = async (): Promise<WriteAnswer> => answer;
  const writer: RoleWriter = joins.writer({ addRole: answers, removeRole: answers, editMember: answers });
  const member = {
    discordId: ADA,
    roleIds: new Set<string>(),
    isBot: false,
    isPending: false,
    joinedAt: AT,
    nick: null,
    name: 'Ada',
  };
  /** Ada joins, and this happens until her sync is over. */
  const join = async (during: () => Promise<void>) => {
    const events: GuildEvents = {
      guildSeen: nothing,
      sessionReady: nothing,
      guildLost: nothing,
      guildChanged: nothing,
      guildChecked: nothing,
      roleDeleted: nothing,
      memberJoined: during,
      memberChanged: nothing,
      memberLeft: nothing,
      rolesEdited: nothing,
      rolesWritten: nothing,
    };
    await joins.events(events).memberJoined(GUILD, member);
  };
  const give = async () => void (await writer.addRole(GUILD, ADA, PILOT, 'because'));
  return { clock, noted, writer, join, give };
}

describe('the time from joining to the first role', () => {
  it('is that of the first role that Discord took', async () => {
    const { clock, noted, join, give } = startJoining();
    await join(async () => {
      clock.ms = 20;
      await give();
      clock.ms = 50;
      await give();
    });
    expect(noted).toEqual([20]);
  });

  it('is not told of who got none, of who was there before, or of who is refused', async () => {
    const { noted, join, give } = startJoining();
    await join(async () => undefined);
    await give();
    expect(noted).toEqual([]);
    const refused = startJoining({ outcome: 'forbidden', detail: 'no' });
    await refused.join(refused.give);
    expect(refused.noted).toEqual([]);
  });

  it('counts a list of roles too', async () => {
    const { noted, join, writer } = startJoining();
    await join(async () => void (await writer.editMember(GUILD, ADA, { roleIds: [PILOT] }, 'because')));
    expect(noted).toEqual([0]);
  });
});

describe('a timed store', () => {
  it('answers as before, and tells of every call, also of one that fails', async () => {
    const noted: number[] = [];
    const store = timeStore(
      { find: async (id: number) => id * 2, fail: async () => Promise.reject(new Error('no')) },
      (ms) => noted.push(ms),
    );
    expect(await store.find(21)).toBe(42);
    await expect(store.fail()).rejects.toThrow('no');
    expect(noted).toHaveLength(2);
  });
});
