import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApi } from '../support/api-world.ts';

const part = z.looseObject({});
const edited = z.object({ properties: z.record(z.string(), part) });
const parameter = z.object({ in: z.string(), name: z.string(), schema: part });
const answer = z.object({
  content: z.record(z.string(), z.object({ schema: part, example: z.unknown().optional() })).optional(),
});
const documented = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        parameters: z.array(parameter).default([]),
        requestBody: answer.optional(),
        responses: z.record(z.string(), answer),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), part) }),
});

async function readDocument() {
  const { send } = await startApi();
  const { body } = await send('GET /api/openapi.json');
  const { paths, components } = documented.parse(body);
  return { body, operations: Object.values(paths).flatMap((verbs) => Object.values(verbs)), components };
}

/** Every schema that has an example, with it. */
function examplesIn(node: unknown): { schema: object; example: unknown }[] {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap(examplesIn);
  const isSchema = 'type' in node || '$ref' in node || 'anyOf' in node || 'allOf' in node;
  return 'example' in node && isSchema ? [{ schema: node, example: node.example }, ...inner] : inner;
}

describe('the document, as a generator of clients reads it', () => {
  it('tells what each parameter is, though an address holds only text', async () => {
    const { operations } = await readDocument();
    const byName = new Map(operations.flatMap((one) => one.parameters.map((each) => [each.name, each.schema])));
    expect(byName.get('page')).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 1,
      description: 'The page, from 1.',
      example: 1,
    });
    expect(byName.get('limit')).toMatchObject({ type: 'integer', minimum: 1, maximum: 100, default: 20 });
    expect(byName.get('since')).toMatchObject({ type: 'string', format: 'date-time' });
    expect(byName.get('since')).not.toHaveProperty('pattern');
    expect(byName.get('confirm')).toMatchObject({ type: 'boolean', default: false });
    expect(byName.get('link')).toMatchObject({ type: 'boolean', default: false });
    expect(byName.get('is_active')).toMatchObject({ type: 'boolean' });
    expect(byName.get('guild_id')).toMatchObject({ $ref: '#/components/schemas/Snowflake' });
    expect(byName.get('If-Match')).toMatchObject({ type: 'string' });
  });

  it('names every body, and every operation once', async () => {
    const { operations } = await readDocument();
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const bodies = operations.flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.values(responses)].flatMap((one) => {
        const schema = one?.content?.['application/json']?.schema;
        return schema ? [{ operationId, schema }] : [];
      }),
    );
    expect(bodies.filter(({ schema }) => !('$ref' in schema))).toEqual([]);
  });

  it('tells which codes a problem of each status can have', async () => {
    const { operations } = await readDocument();
    const one = operations.find(({ operationId }) => operationId === 'deleteGroup');
    expect(one?.responses['409']?.content?.['application/problem+json']?.schema).toEqual({
      allOf: [
        { $ref: '#/components/schemas/Problem' },
        { type: 'object', properties: { code: { type: 'string', enum: ['group_in_use'] } } },
      ],
    });
  });

  it('tells what a new mapping and a new configuration are where fields are left out, and not of edits', async () => {
    const { components } = await readDocument();
    expect(components.schemas).toMatchObject({
      NewRoleMapping: {
        properties: {
          priority: { default: 0 },
          on_drift: { default: 'revert' },
          exclusive_set: { default: null },
          conditions: { default: { require_all: false, groups: [], character_count_min: null } },
        },
      },
      NewGuildConfiguration: {
        properties: { max_role_changes_per_sync: { default: 100 }, on_unlink: { default: 'remove' } },
      },
    });
    for (const name of ['RoleMappingEdit', 'GuildConfigurationEdit']) {
      const { confirm: _, confirm_dangerous: __, ...fields } = edited.parse(components.schemas[name]).properties;
      expect(Object.values(fields).filter((field) => 'default' in field)).toEqual([]);
    }
  });

  it('asks nobody who he is where the process is watched', async () => {
    const { body, operations } = await readDocument();
    const ready = operations.find(({ operationId }) => operationId === 'isReady');
    expect(Object.keys(ready?.responses ?? {})).toEqual(['200', '500', '503']);
    expect(Object.keys(ready?.responses['503']?.content ?? {})).toEqual(['application/json']);
    expect(body).toMatchObject({
      paths: { '/livez': { get: { security: [] } }, '/readyz': { get: { security: [] } } },
    });
  });

  it('lists the words that a client goes by, each with what it means', async () => {
    const { components } = await readDocument();
    expect(components.schemas).toMatchObject({
      Sync: { properties: { trigger: { enum: expect.arrayContaining(['manual', 'guild_event']) } } },
      RoleChange: {
        properties: {
          reason: { enum: expect.arrayContaining(['mapping_true']), description: expect.stringContaining('put_back') },
          outcome: { enum: expect.arrayContaining(['blocked:role_above_bot', 'planned']) },
        },
      },
      BlockedChange: { properties: { block: { enum: expect.arrayContaining(['role_managed']) } } },
      StartedSync: { properties: { status: { $ref: '#/components/schemas/SyncState' } } },
      RoleMapping: {
        properties: { doctor: { items: { properties: { code: { enum: expect.arrayContaining(['shadowed']) } } } } },
      },
    });
  });

  it('has no bounds that only say what a number is', async () => {
    const { body } = await readDocument();
    expect(JSON.stringify(body)).not.toContain('9007199254740991');
  });

  it('gives examples that are what they are examples of', async () => {
    const { body, components } = await readDocument();
    const examples = examplesIn(body);
    expect(examples.length).toBeGreaterThan(30);
    const defs = JSON.stringify(components.schemas).replaceAll('#/components/schemas/', '#/$defs/');
    const wrong = examples.filter(({ schema, example }) => {
      const own = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/');
      const whole: z.core.JSONSchema.JSONSchema = JSON.parse(`{"$defs":${defs},"allOf":[${own}]}`);
      return !z.fromJSONSchema(whole).safeParse(example).success;
    });
    expect(wrong).toEqual([]);
  });

  it('gives each problem an example that is one', async () => {
    const { operations, components } = await readDocument();
    const defs = JSON.stringify(components.schemas).replaceAll('#/components/schemas/', '#/$defs/');
    const problem = z.fromJSONSchema(JSON.parse(`{"$defs":${defs},"$ref":"#/$defs/Problem"}`));
    for (const { responses } of operations) {
      for (const { content } of Object.values(responses)) {
        const told = content?.['application/problem+json'];
        if (told) expect(problem.safeParse(told.example)).toMatchObject({ success: true });
      }
    }
  });
});
