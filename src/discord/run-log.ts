import type { Run, RunStore } from '../db/run-store.ts';
import type { Address, Write } from './audit-channel.ts';
import { memberLine, runMessage, STORM_LINES, stormMessage, type Storm } from './run-notices.ts';
import { createTurns } from './turns.ts';

/** Changes of one run that are read to be shown. */
const CHANGES_SHOWN = 100;
/** What comes so soon after the last joins the same message, until that one is so old. */
const JOINS_WITHIN_MS = 60_000;
const FULL_AFTER_MS = 15 * 60_000;

interface StormMessage extends Storm {
  channelId: string;
  id: string;
  startedAt: number;
  lastAt: number;
}

/**
 * Tells of runs: a message each, but syncs of single members that come together are one, which goes on while more come.
 * @param now steady, in ms
 */
export function createRunLog({
  runs,
  write,
  now = () => performance.now(),
}: {
  runs: Pick<RunStore, 'changesOf'>;
  write: Write;
  now?: () => number;
}) {
  const storms = new Map<string, StormMessage>();
  const inTurn = createTurns();

  function stormIn({ guildId, channelId }: Address): StormMessage | null {
    const storm = storms.get(guildId);
    const isOn = storm && now() - storm.lastAt < JOINS_WITHIN_MS && now() - storm.startedAt < FULL_AFTER_MS;
    return isOn && storm.channelId === channelId ? storm : null;
  }

  const changesOf = async ({ id }: Run) => (await runs.changesOf(id, 1, CHANGES_SHOWN)).changes;

  async function tellStorm(address: Address, ended: readonly Run[], before: StormMessage | null) {
    const storm: Storm = before ?? emptyStorm();
    for (const run of ended) {
      storm.syncs += 1;
      storm.rolesAdded += run.rolesAdded;
      storm.rolesRemoved += run.rolesRemoved;
      const member = run.targetId ?? run.id;
      storm.members.add(member);
      if (run.usersFailed > 0) storm.failed.add(member);
      if (storm.lines.length < STORM_LINES) storm.lines.push(memberLine(run, await changesOf(run)));
    }
    const id = await write(address, stormMessage(storm), before?.id ?? null);
    if (id === null) return null;
    const { guildId, channelId } = address;
    storms.set(guildId, { startedAt: now(), ...before, ...storm, channelId, id, lastAt: now() });
    return id;
  }

  return {
    /** The id of the message; null where Discord did not take it. */
    tell: (address: Address, ended: readonly Run[]): Promise<string | null> =>
      inTurn(address.guildId, async () => {
        const [first, ...others] = ended;
        if (!first) return null;
        const storm = first.type === 'user' ? stormIn(address) : null;
        if (storm || others.length > 0) return tellStorm(address, ended, storm);
        return write(address, runMessage(first, await changesOf(first)), null);
      }),
  };
}

function emptyStorm(): Storm {
  return { syncs: 0, members: new Set(), rolesAdded: 0, rolesRemoved: 0, failed: new Set(), lines: [] };
}
