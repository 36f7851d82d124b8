import { option, record, sample, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApi, type Answered } from '../support/api-world.ts';
import { anything, nearly, schema, type Schema } from '../support/schema-arbitraries.ts';

const media = z.object({ content: z.record(z.string(), z.object({ schema })).optional() });
const operationObject = z.object({
  parameters: z.array(z.object({ in: z.string(), name: z.string(), schema })).optional(),
  requestBody: media.optional(),
  responses: z.record(z.string(), z.unknown()),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationObject)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});
type Described = z.infer<typeof operationObject>;

/** The validator's own words, which nobody is to read. */
const RAW = /Invalid|Too (small|big)|Unrecognized|expected|received/;
/** So many requests an operation. */
const RUNS = 150;
/** They would end the one who asks. */
const ENDS = new Set(['POST /api/auth/logout', 'DELETE /api/me', 'DELETE /api/discord/auth/unlink/{discord_id}']);

interface Fuzzed {
  values: Record<string, unknown>;
  query: Record<string, unknown>;
  body: unknown;
}

function requestsOf({ parameters = [], requestBody }: Described, parts: Record<string, Schema>): Arbitrary<Fuzzed> {
  const named = (place: string) =>
    Object.fromEntries(
      parameters.filter((one) => one.in === place).map((one) => [one.name, nearly(one.schema, parts)]),
    );
  const body = requestBody?.content?.['application/json']?.schema;
  return record({
    values: record(named('path')),
    query: record(named('query'), { requiredKeys: [] }),
    body: body ? nearly(body, parts) : option(anything, { nil: undefined }),
  });
}

describe('whatever is sent', () => {
  it('gets an answer that the document knows, in words for people, and never an error of ours', async () => {
    const api = await startApi();
    const as = await api.login(api.ownerId);
    const { paths, components } = document.parse((await api.send('GET /api/openapi.json')).body);
    /** Ids that are there, so that some requests reach what lies behind the checks. */
    const known: Record<string, string> = { guild_id: api.guildId, discord_id: api.ownerId };
    const wrong: string[] = [];
    for (const [path, verbs] of Object.entries(paths)) {
      for (const [method, described] of Object.entries(verbs)) {
        const line = `${method.toUpperCase()} ${path}`;
        if (ENDS.has(line)) continue;
        const requests = sample(requestsOf(described, components.schemas), { numRuns: RUNS, seed: 11 });
        for (const [index, { values, query, body }] of requests.entries()) {
          const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
            const value = index % 2 === 0 ? (known[name] ?? values[name]) : values[name];
            return encodeURIComponent(wellFormed(String(value)));
          });
          const search = new URLSearchParams(
            Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])),
          );
          const answer = await api.send(`${method.toUpperCase()} ${filled}?${search.toString()}`, {
            as,
            ...(body !== undefined && method !== 'get' && { body: JSON.stringify(body) }),
          });
          const isKnown = String(answer.status) in described.responses || [404, 405].includes(answer.status);
          if (answer.status === 500 || !isKnown || RAW.test(messagesOf(answer))) {
            wrong.push(`${line} ${filled}?${search.toString()} ${JSON.stringify(body)}: ${answer.status}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});

const refused = z.object({ errors: z.array(z.object({ message: z.string() })) });

function messagesOf({ body }: Answered): string {
  const { data } = refused.safeParse(body);
  return data?.errors.map(({ message }) => message).join('\n') ?? '';
}

/** An address cannot hold half a character. */
function wellFormed(text: string): string {
  return text.toWellFormed() || 'x';
}
