import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError } from '@discordjs/rest';
import { Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import type { Command } from './command.ts';
import type { DiscordRest } from './rest.ts';

type CommandJson = ReturnType<Command['data']['toJSON']>;

export interface RegisterOptions {
  rest: Pick<DiscordRest, 'get' | 'put'>;
  applicationId: string;
  commands: readonly Command[];
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Ends the retries; give the signal of the shutdown. */
  signal?: AbortSignal;
  wait?: (ms: number) => Promise<unknown>;
}

/**
 * Makes Discord's global commands agree with ours: reads them, and overwrites them in bulk only when they differ.
 * Never rejects: while Discord does not answer it is tried again, ever more rarely.
 */
export async function registerCommands(
  options: RegisterOptions,
): Promise<'unchanged' | 'registered' | 'refused' | 'stopped'> {
  const { log, signal, wait = (ms) => sleep(ms, undefined, { ref: false, ...(signal ? { signal } : {}) }) } = options;
  for (let attempt = 0; ; attempt += 1) {
    if (signal?.aborted) return 'stopped';
    try {
      return await registerOnce(options);
    } catch (err) {
      if (isHopeless(err)) {
        log.error({ err }, 'Discord refuses the commands; they stay as they are until the next start');
        return 'refused';
      }
      const waitMs = Math.min(15_000 * 2 ** attempt, 10 * 60_000);
      log.warn({ err, waitMs }, 'commands could not be registered yet; trying again');
      await wait(waitMs).catch(() => undefined);
    }
  }
}

async function registerOnce({
  rest,
  applicationId,
  commands,
  log,
}: RegisterOptions): Promise<'unchanged' | 'registered'> {
  const route = Routes.applicationCommands(applicationId);
  const body = commands.map((command) => command.data.toJSON());
  const present = await rest.get(route);
  if (Array.isArray(present) && isSameDefinition(body, present)) return 'unchanged';
  await rest.put(route, { body });
  log.info({ commands: body.length }, 'commands registered');
  return 'registered';
}

/** Whether Discord holds exactly these commands, whatever defaults, ids and versions it has added and in whatever order. */
export function isSameDefinition(ours: readonly CommandJson[], present: readonly unknown[]): boolean {
  return canonicalSet(ours) === canonicalSet(present);
}

/** Everything of a definition that Discord takes from us; whatever else it sends is its own. */
const DEFINED = new Set([
  'type',
  'name',
  'name_localizations',
  'description',
  'description_localizations',
  'default_member_permissions',
  'contexts',
  'integration_types',
  'nsfw',
  'options',
  'required',
  'autocomplete',
  'choices',
  'value',
  'channel_types',
  'min_value',
  'max_value',
  'min_length',
  'max_length',
]);

function canonicalSet(commands: readonly unknown[]): string {
  return JSON.stringify(commands.map((command) => JSON.stringify(canonical(withType(command)))).sort());
}

function withType(command: unknown): unknown {
  return typeof command === 'object' && command !== null ? { type: 1, ...command } : command;
}

/** Sorted keys; what is empty, false or null means the same as absent. The order of options and choices counts. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value))
    return value.every((one) => typeof one === 'number') ? value.toSorted((a, b) => a - b) : value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => DEFINED.has(key))
    .map(([key, inner]): [string, unknown] => [key, key.endsWith('_localizations') ? sorted(inner) : canonical(inner)])
    .filter(([, inner]) => !isEmpty(inner));
  return sorted(Object.fromEntries(entries));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  // The commands of menus have no description, and Discord an empty one.
  if (value === null || value === undefined || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Nothing that waiting could mend: the definition is refused, or the application is not the bot's. */
function isHopeless(err: unknown): boolean {
  return err instanceof DiscordAPIError && [400, 403, 404].includes(err.status);
}
