import { objectOf, type Json } from '../json.ts';
import { refuse } from './errors.ts';

export interface UploadedFile {
  /** The number in `files[n]`. */
  readonly index: number;
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

const largestFile = 10 * 1024 * 1024;

export interface ReadBody {
  body: Json;
  files: UploadedFile[];
}

/** Reads a JSON or multipart body (`payload_json` and `files[n]`). An empty one is an empty object. */
export async function readBody(contentType: string | undefined, raw: Buffer): Promise<ReadBody> {
  if (raw.length === 0) return { body: {}, files: [] };
  if (contentType?.startsWith('multipart/form-data')) return readMultipart(contentType, raw);
  return { body: parse(raw.toString()), files: [] };
}

async function readMultipart(contentType: string, raw: Buffer): Promise<ReadBody> {
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData();
  const payload = form.get('payload_json');
  const files: UploadedFile[] = [];
  for (const [name, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (index === undefined || typeof value === 'string') continue;
    const content = Buffer.from(await value.arrayBuffer());
    if (content.length > largestFile) throw refuse(40005);
    files.push({ index: Number(index), filename: value.name, contentType: value.type, content });
  }
  return { body: typeof payload === 'string' ? parse(payload) : {}, files };
}

/** The body as an object; a list is one with the keys 0, 1, 2, as in Discord's error paths. */
function parse(text: string): Json {
  try {
    return objectOf(JSON.parse(text));
  } catch (cause) {
    throw Object.assign(refuse(50109), { cause });
  }
}
