import type { Faults } from '../faults.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { RequestLog } from '../requests.ts';
import type { World } from '../world.ts';

/** What the HTTP side works with. */
export interface Wire {
  readonly world: World;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly limits: RateLimits;
}
