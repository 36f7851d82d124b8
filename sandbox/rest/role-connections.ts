import { numberOf, objectOf, textOf } from '../json.ts';
import type { RoleConnection, RoleMetadata } from '../records.ts';
import { bearerOf, botOf, json, noContent, type Answer, type Call, type Route } from './call.ts';
import { refuse } from './errors.ts';
import { createForm, type Form } from './form.ts';

const own = '/users/@me/applications/:application_id/role-connection';
const metadata = '/applications/:application_id/role-connections/metadata';
const bearer = { auth: 'bearer', scope: 'role_connections.write' } as const;

/** What an application tells of a user for linked roles. Nobody gets a role by it here: that is for the user to do in Discord. */
export const roleConnectionRoutes: Route[] = [
  { method: 'GET', path: own, ...bearer, handle: getOwn },
  { method: 'PUT', path: own, ...bearer, handle: replaceOwn },
  { method: 'DELETE', path: own, ...bearer, handle: deleteOwn },
  { method: 'GET', path: metadata, handle: listMetadata },
  { method: 'PUT', path: metadata, handle: replaceMetadata },
];

const none: RoleConnection = { platform_name: null, platform_username: null, metadata: {} };

function getOwn(call: Call): Answer {
  return json(call.world.roleConnections.get(keyOf(call)) ?? none);
}

function replaceOwn(call: Call): Answer {
  const { world, body, param } = call;
  const key = keyOf(call);
  const known = world.applications.get(param('application_id'))?.roleMetadata ?? [];
  const form = createForm();
  form.text('platform_name', body['platform_name'], { max: 50 });
  form.text('platform_username', body['platform_username'], { max: 100 });
  const values = Object.entries(objectOf(body['metadata']));
  for (const [name, value] of values) checkValue(form, `metadata.${name}`, value, known, name);
  form.finish();
  const connection: RoleConnection = {
    platform_name: textOf(body['platform_name']),
    platform_username: textOf(body['platform_username']),
    metadata: Object.fromEntries(values.map(([name, value]) => [name, textOf(value) ?? ''])),
  };
  return { ...json(connection), apply: () => void world.roleConnections.set(key, connection) };
}

function deleteOwn(call: Call): Answer {
  const key = keyOf(call);
  return noContent(() => void call.world.roleConnections.delete(key));
}

function listMetadata(call: Call): Answer {
  return json(ownApplication(call).roleMetadata);
}

/** At most five; the list replaces the one before. */
function replaceMetadata(call: Call): Answer {
  const application = ownApplication(call);
  const records = Object.values(call.body).map(objectOf);
  const form = createForm();
  if (records.length > 5) form.fail('_', 'BASE_TYPE_BAD_LENGTH', 'Must be between 0 and 5 in length.');
  const keys = new Set<unknown>();
  for (const [index, record] of records.entries()) {
    form.choice(`${index}.type`, record['type'], [1, 2, 3, 4, 5, 6, 7, 8], true);
    form.text(`${index}.key`, record['key'], { min: 1, max: 50, isRequired: true });
    form.pattern(`${index}.key`, record['key'], /^[a-z0-9_]{1,50}$/);
    form.text(`${index}.name`, record['name'], { min: 1, max: 100, isRequired: true });
    form.text(`${index}.description`, record['description'], { min: 1, max: 200, isRequired: true });
    if (keys.has(record['key'])) form.fail(`${index}.key`, 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'Keys must be unique');
    keys.add(record['key']);
  }
  form.finish();
  const saved = records.map((record): RoleMetadata => {
    const { key, name, description, name_localizations, description_localizations } = record;
    return {
      type: numberOf(record['type']) ?? 0,
      key: textOf(key) ?? '',
      name: textOf(name) ?? '',
      description: textOf(description) ?? '',
      name_localizations,
      description_localizations,
    };
  });
  return { ...json(saved), apply: () => void (application.roleMetadata = saved) };
}

/** A value is a text that fits the type of its record; the stricter reading, the documentation only says "string". */
function checkValue(form: Form, path: string, value: unknown, known: readonly RoleMetadata[], key: string): void {
  form.text(path, value, { max: 100, isRequired: true });
  const type = known.find((record) => record.key === key)?.type;
  if (type === undefined) {
    form.fail(path, 'BASE_TYPE_CHOICES', `Value must be one of (${known.map((record) => record.key).join(', ')}).`);
    return;
  }
  const text = textOf(value) ?? '';
  if (type <= 4) form.pattern(path, text, /^-?\d+$/);
  else if (type >= 7) form.pattern(path, text, /^[01]$/);
  else if (Number.isNaN(Date.parse(text))) form.fail(path, 'DATE_TIME_TYPE_PARSE', `Could not parse ${text}.`);
}

/** A token speaks for the application that it was given to. */
function keyOf(call: Call): string {
  const { user, applicationId } = bearerOf(call);
  if (call.param('application_id') !== applicationId) throw refuse(20012);
  return `${applicationId} ${user.id}`;
}

function ownApplication(call: Call) {
  const application = botOf(call);
  if (call.param('application_id') !== application.id) throw refuse(20012);
  return application;
}
