import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
  type ZodOpenApiSchemaObject,
} from 'zod-openapi';
import type { Operation } from './operation.ts';
import { statusOf, type ProblemCode } from './problem.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** RFC 9457; `code` is stable, `detail` is for people. */
const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().meta({ example: 'Unprocessable Entity' }),
    status: z.int().meta({ example: 422 }),
    code: z.enum(Object.keys(statusOf)).meta({ id: 'ProblemCode', description: 'Stable; go by this one.' }),
    detail: z.string().meta({ description: 'What is wrong and what to do next, in words.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'body.priority' }), message: z.string() }))
      .optional()
      .meta({ description: 'With invalid_input: every field that is not right.' }),
    request_id: z.uuid().meta({ description: 'Give it to whoever runs Rolewright; the log has it too.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

const WHO: Readonly<Record<Operation['who'], string>> = {
  all: 'Everybody.',
  session: 'Whoever is logged in.',
  self: 'The account itself.',
  guild_admin: 'Admins of the guild: its owner, Administrator, or Manage Server.',
  operator: 'Operators.',
  webhook: 'Whoever holds the webhook secret: Standard Webhooks signature.',
  scraper: 'Whoever holds METRICS_TOKEN; everybody if it is not set.',
};

/** OpenAPI 3.1, from the same declarations that serve the requests. */
export function describeApi(
  operations: readonly Operation[],
  { version, url, sessionCookie }: { version: string; url: string; sessionCookie: string },
): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Rolewright', version, description: 'Keeps Discord roles true to what your groups say.' },
    servers: [{ url }],
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie, description: 'Writes also need Origin.' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "A session's token, or one of the host application.",
        },
        webhook: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'Standard Webhooks, with webhook-id and webhook-timestamp.',
        },
        metrics: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN, if it is set.' },
      },
    },
  };
  return createDocument(document, { override: tidy });
}

/** What follows from the type or the format is not said twice, and an answer may gain fields. */
function tidy({ jsonSchema, io }: ZodOpenApiOverrideContext): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, who, isProbe = false, body, answers, problems = [] } = operation;
  const parameters = { path: shapeOf(operation.params), query: shapeOf(operation.query) };
  const successes = Object.entries(answers).map(([status, schema]) => [
    status,
    {
      description: (schema instanceof z.ZodType && schema.meta()?.description) || (STATUS_CODES[status] ?? ''),
      ...(status === '201' && { headers: LOCATION }),
      ...(schema === 'text' && { content: { 'text/plain': { schema: z.string() } } }),
      ...(schema instanceof z.ZodType && { content: { 'application/json': { schema: named(schema, `${id}Answer`) } } }),
    },
  ]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `For: ${WHO[who]}`].filter(Boolean).join('\n\n'),
    security: isProbe ? [] : security(who),
    requestParams: {
      ...(parameters.path && { path: parameters.path }),
      ...(parameters.query && { query: parameters.query }),
      ...(problems.includes('changed_meanwhile') && { header: ON_TOP_OF }),
    },
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: named(body, `${id}Body`) } },
      },
    }),
    responses: { ...Object.fromEntries(successes), ...problemsOf(operation) },
  };
}

const ON_TOP_OF = z.object({
  'If-Match': z.string().optional().meta({
    description:
      'The ETag that was read. If it has changed since, the answer is 412. The same as updated_at in the body.',
    example: '"2026-11-20T12:00:00.000Z"',
  }),
});
const LOCATION = { Location: { description: 'Where it is from now on.', schema: { type: 'string' } } } as const;
const RETRY_AFTER = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } as const;

/** A generator of clients calls a type by its component. */
function named(schema: z.ZodType, name: string): z.ZodType {
  const meta = schema.meta();
  return meta?.id === undefined
    ? schema.meta({ ...meta, id: `${name.charAt(0).toUpperCase()}${name.slice(1)}` })
    : schema;
}

function security(who: Operation['who']): Record<string, string[]>[] {
  if (who === 'webhook') return [{ webhook: [] }];
  if (who === 'scraper') return [{}, { metrics: [] }];
  const known = [{ session: [] }, { bearer: [] }];
  return who === 'all' ? [{}, ...known] : known;
}

function shapeOf(schema: z.ZodType): z.ZodObject | null {
  return schema instanceof z.ZodObject && Object.keys(schema.shape).length > 0 ? schema : null;
}

/** Every problem that the operation can answer with, by status. */
function problemsOf(operation: Operation) {
  const byStatus = Map.groupBy(codesOf(operation), (code) => statusOf[code]);
  const entries = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: `${STATUS_CODES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
      ...(status === 429 && { headers: RETRY_AFTER }),
      content: { 'application/problem+json': { schema: problemWith(codes), example: exampleOf(status, codes) } },
    },
  ]);
  return Object.fromEntries(entries);
}

function problemWith(codes: ProblemCode[]): ZodOpenApiSchemaObject {
  const which: ZodOpenApiSchemaObject = { type: 'object', properties: { code: { type: 'string', enum: codes } } };
  return { allOf: [{ $ref: '#/components/schemas/Problem' }, which] };
}

function exampleOf(status: number, [code]: readonly ProblemCode[]) {
  const title = STATUS_CODES[status];
  const detail = 'What is wrong, and what to do next.';
  const errors = [{ path: 'query.limit', message: 'must be a whole number from 1 to 100' }];
  const request_id = 'b3c1c1c2-6a52-4f0e-9a43-0f6d8f1f7a10';
  return { type: 'about:blank', title, status, code, detail, ...(code === 'invalid_input' && { errors }), request_id };
}

function codesOf({ who, isProbe = false, params, query, body, method, problems = [] }: Operation): ProblemCode[] {
  const takesInput = body !== null || shapeOf(params) !== null || shapeOf(query) !== null;
  const isKnown = who !== 'all' && who !== 'webhook' && who !== 'scraper';
  const codes = new Set<ProblemCode>([
    // Whoever sends a token that is not valid is not taken for nobody.
    ...(isKnown || (who === 'all' && !isProbe) ? (['unauthenticated', 'host_unavailable'] as const) : []),
    ...(method !== 'get' && who !== 'webhook' ? (['cross_origin'] as const) : []),
    ...(takesInput ? (['invalid_input'] as const) : []),
    ...(body ? (['malformed_request', 'body_too_large', 'unsupported_media_type'] as const) : []),
    ...problems,
    ...(isProbe ? [] : (['rate_limited'] as const)),
    'internal_error',
  ]);
  return [...codes];
}
