import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * Sends a text piece by piece, as fast as it is taken. If a piece cannot be made, the connection breaks: the answer must
 * not look whole. Whoever hangs up ends the making.
 */
export async function sendChunks(res: Response, chunks: AsyncIterable<string>): Promise<void> {
  if (res.req.method === 'HEAD') {
    res.end();
    return;
  }
  try {
    await pipeline(Readable.from(chunks), res);
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
