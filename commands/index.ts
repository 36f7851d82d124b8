import type { Command } from '../src/discord/command.ts';
import { audit } from './audit.ts';
import { doctor } from './doctor.ts';
import { explainRoles } from './explain-roles.ts';
import { group } from './group.ts';
import { link } from './link.ts';
import { map } from './map.ts';
import { me } from './me.ts';
import { panel } from './panel.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { syncRoles } from './sync-roles.ts';
import { sync } from './sync.ts';
import { unlink } from './unlink.ts';
import { why } from './why.ts';

/** Everything that people can type or click in Discord. */
export const commands: readonly Command[] = [
  link,
  unlink,
  me,
  setup,
  settings,
  doctor,
  audit,
  panel,
  group,
  map,
  sync,
  why,
  explainRoles,
  syncRoles,
];
