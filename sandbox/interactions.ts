import type { World } from './world.ts';

export type Interactions = ReturnType<typeof createInteractions>;

export function createInteractions(_world: World) {
  return { close(): void {} };
}
