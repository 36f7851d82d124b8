import type { Gateway } from '../gateway.ts';
import type { Interactions } from '../interactions.ts';
import type { Route } from './call.ts';

/** Every REST route of the local Discord. What is not here answers 501. */
export function allRoutes(_parts: { gateway: Gateway; interactions: Interactions }): Route[] {
  return [];
}
