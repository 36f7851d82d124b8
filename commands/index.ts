import type { Command } from '../src/discord/command.ts';
import { doctor } from './doctor.ts';
import { group } from './group.ts';
import { link } from './link.ts';
import { map } from './map.ts';
import { me } from './me.ts';
import { sync } from './sync.ts';
import { unlink } from './unlink.ts';
import { why } from './why.ts';

/** Everything that people can type or click in Discord. */
export const commands: readonly Command[] = [link, unlink, me, group, map, sync, why, doctor];
