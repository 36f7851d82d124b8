import { objectOf } from '../json.ts';
import { commandPayload } from '../command-payload.ts';
import type { Application, Command } from '../records.ts';
import { botOf, json, noContent, type Answer, type Call, type Route } from './call.ts';
import { readCommand, type ReadCommand } from './command-form.ts';
import { notImplemented, refuse } from './errors.ts';
import { createForm } from './form.ts';

const createsPerDay = 200;
const perType: Record<number, number> = { 1: 100, 2: 15, 3: 15, 4: 1 };

/** The same routes for the global commands and for those of a guild. */
export const commandRoutes: Route[] = [
  '/applications/:application_id',
  '/applications/:application_id/guilds/:guild_id',
].flatMap((scope): Route[] => [
  { method: 'GET', path: `${scope}/commands`, handle: listCommands },
  { method: 'POST', path: `${scope}/commands`, handle: createCommand },
  { method: 'PUT', path: `${scope}/commands`, handle: overwriteCommands },
  { method: 'GET', path: `${scope}/commands/permissions`, handle: notYet },
  { method: 'GET', path: `${scope}/commands/:command_id`, handle: getCommand },
  { method: 'PATCH', path: `${scope}/commands/:command_id`, handle: editCommand },
  { method: 'DELETE', path: `${scope}/commands/:command_id`, handle: deleteCommand },
]);

function notYet(): never {
  throw notImplemented('permissions of commands');
}

function listCommands(call: Call): Answer {
  return json(commandsIn(scopeOf(call)).map((command) => commandPayload(command)));
}

function getCommand(call: Call): Answer {
  return json(commandPayload(findCommand(call, scopeOf(call))));
}

/** 201 for a new one; one of the same name and type is overwritten with 200. */
function createCommand(call: Call): Answer {
  const scope = scopeOf(call);
  const read = readBody(call, scope);
  const before = sameNamed(scope, read);
  if (!before) demandRoom(call, scope, [...commandsIn(scope), read]);
  return json(commandPayload(save(call, scope, read, before)), before ? 200 : 201);
}

/** Replaces every command of every type in the scope. */
function overwriteCommands(call: Call): Answer {
  const scope = scopeOf(call);
  const form = createForm();
  const reads = Object.entries(call.body).map(([index, value]) =>
    readCommand(form, `${index}.`, objectOf(value), scope.guildId),
  );
  const names = new Set<string>();
  for (const [index, { type, name }] of reads.entries()) {
    if (names.has(`${type} ${name}`))
      form.fail(`${index}.name`, 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    names.add(`${type} ${name}`);
  }
  form.finish();
  demandRoom(call, scope, reads);
  const before = commandsIn(scope);
  const saved = reads.map((read) => save(call, scope, read, before.find(isSame(read))));
  const kept = new Set(saved.map(({ id }) => id));
  for (const { id } of before) if (!kept.has(id)) scope.application.commands.delete(id);
  return json(saved.map((command) => commandPayload(command)));
}

function editCommand(call: Call): Answer {
  const scope = scopeOf(call);
  const before = findCommand(call, scope);
  const body = { ...commandPayload(before), ...call.body };
  const form = createForm();
  const read = readCommand(form, '', objectOf(body), scope.guildId);
  form.finish();
  return json(commandPayload(save(call, scope, read, before)));
}

function deleteCommand(call: Call): Answer {
  const scope = scopeOf(call);
  const { id } = findCommand(call, scope);
  return noContent(() => void scope.application.commands.delete(id));
}

interface Scope {
  application: Application;
  guildId: string | null;
}

/** A bot manages its own commands, and in a guild only where it is. */
function scopeOf(call: Call): Scope {
  const application = botOf(call);
  if (call.param('application_id') !== application.id) throw refuse(20012);
  const guildId = call.has('guild_id') ? call.param('guild_id') : null;
  if (guildId !== null && !call.world.guilds.get(guildId)?.members.has(application.botId)) throw refuse(50001);
  return { application, guildId };
}

function commandsIn({ application, guildId }: Scope): Command[] {
  return [...application.commands.values()].filter((command) => command.guildId === guildId);
}

function findCommand(call: Call, scope: Scope): Command {
  const command = commandsIn(scope).find(({ id }) => id === call.param('command_id'));
  if (!command) throw refuse(10063);
  return command;
}

function readBody(call: Call, scope: Scope): ReadCommand {
  const form = createForm();
  const read = readCommand(form, '', call.body, scope.guildId);
  form.finish();
  return read;
}

function isSame(read: ReadCommand) {
  return (command: Command) => command.type === read.type && command.name === read.name;
}

function sameNamed(scope: Scope, read: ReadCommand): Command | undefined {
  return commandsIn(scope).find(isSame(read));
}

/** 30032 when a scope would hold too many, 30034 after 200 creates of a guild in a day. */
function demandRoom(call: Call, scope: Scope, commands: readonly ReadCommand[]): void {
  for (const [type, limit] of Object.entries(perType)) {
    if (commands.filter((command) => command.type === Number(type)).length > limit) throw refuse(30032);
  }
  const isNew = (read: ReadCommand) => !sameNamed(scope, read);
  const key = `${scope.application.id} ${scope.guildId}`;
  const since = call.world.now() - 86_400_000;
  const creates = (call.world.commandCreates.get(key) ?? []).filter((at) => at > since);
  const added = commands.filter(isNew).map(() => call.world.now());
  if (creates.length + added.length > createsPerDay) throw refuse(30034);
  call.world.commandCreates.set(key, [...creates, ...added]);
}

function save({ world }: Call, { application, guildId }: Scope, read: ReadCommand, before?: Command): Command {
  const id = before?.id ?? world.newId();
  const command: Command = { ...read, id, applicationId: application.id, guildId, version: world.newId() };
  application.commands.set(id, command);
  return command;
}
