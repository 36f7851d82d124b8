import { examineMapping, type Finding } from '../core/doctor.ts';
import { groupsNamedBy, type Mapping } from '../core/mapping.ts';
import type { FactLoader, GuildReader } from './ports.ts';

export interface MappingWithHealth {
  mapping: Mapping;
  /** From the doctor; empty = ok. */
  findings: Finding[];
}

/** Looks at all mappings of a guild as they are, or as they would be. */
export function createMappingHealth(parts: {
  guilds: Pick<GuildReader, 'guild'>;
  facts: Pick<FactLoader, 'existing'>;
}) {
  return async function withHealth(guildId: string, mappings: readonly Mapping[]): Promise<MappingWithHealth[]> {
    const named = new Set(mappings.flatMap((one) => [...groupsNamedBy(one)]));
    const existing = await parts.facts.existing(guildId, [...named]);
    const world = { guild: parts.guilds.guild(guildId), mappings, groupExists: (id: string) => existing.has(id) };
    return mappings.map((mapping) => ({ mapping, findings: examineMapping(mapping, world) }));
  };
}
