import { expect, it } from 'vitest';
import { z } from 'zod';
import { startApi } from '../support/api-world.ts';

const part = z.looseObject({});
const body = z.object({ content: z.object({ 'application/json': z.object({ schema: part }) }) });
const documented = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ requestBody: body.optional() }))),
  components: z.object({ schemas: z.record(z.string(), part) }),
});
const node = z.looseObject({ $ref: z.string().optional(), properties: z.record(z.string(), part).optional() });

it('no field of a request body goes without a description', async () => {
  const { send } = await startApi();
  const { paths, components } = documented.parse((await send('GET /api/openapi.json')).body);
  const named = (schema: unknown) => {
    const name = node.safeParse(schema).data?.$ref?.split('/').at(-1);
    return name === undefined ? undefined : { name, schema: components.schemas[name] };
  };
  const isDescribed = (schema: unknown): boolean => {
    const told = z.object({ description: z.string().min(1) }).safeParse(schema).success;
    const to = named(schema);
    return told || (to !== undefined && isDescribed(to.schema));
  };
  const seen = new Set<string>();
  const mute: string[] = [];
  const look = (schema: unknown, where: string): void => {
    const to = named(schema);
    if (to) {
      if (seen.has(to.name)) return;
      seen.add(to.name);
      look(to.schema, to.name);
      return;
    }
    for (const [name, property] of Object.entries(node.safeParse(schema).data?.properties ?? {})) {
      if (!isDescribed(property)) mute.push(`${where}.${name}`);
    }
    if (typeof schema === 'object' && schema !== null) for (const inner of Object.values(schema)) look(inner, where);
  };
  const bodies = Object.values(paths).flatMap((verbs) => Object.values(verbs).map(({ requestBody }) => requestBody));
  for (const one of bodies) look(one?.content['application/json'].schema, 'body');
  expect(seen).toContain('NewRoleMapping');
  expect(mute).toEqual([]);
});
