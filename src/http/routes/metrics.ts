import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { operation, type Operation } from '../operation.ts';

/** The figures, as a scraper takes them. */
export interface Figures {
  readonly contentType: string;
  text(): Promise<string>;
}

/** GET /metrics - for Prometheus, behind METRICS_TOKEN if that is set. */
export function metricsOperations({ figures, token }: { figures: Figures; token: string | null }): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/metrics',
      id: 'getMetrics',
      tag: 'Status',
      summary: 'Figures for Prometheus',
      who: 'scraper',
      problems: ['unauthenticated'],
      answers: { 200: 'text' },
      async handle({ req }) {
        if (token !== null && !isSame(req.headers.authorization ?? '', `Bearer ${token}`)) {
          throw new AppError('unauthenticated', 'Send METRICS_TOKEN as Authorization: Bearer.');
        }
        return { status: 200, headers: { 'Content-Type': figures.contentType }, text: await figures.text() };
      },
    }),
  ];
}

/** In a time that tells nothing of what is right about it. */
function isSame(sent: string, expected: string): boolean {
  return timingSafeEqual(digest(sent), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
