import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Faults } from './faults.ts';
import type { World } from './world.ts';

export type Gateway = ReturnType<typeof createGateway>;

export function createGateway(_world: World, _faults: Faults) {
  return {
    upgrade(_request: IncomingMessage, socket: Duplex): void {
      socket.destroy();
    },
    dropAll(): void {},
    close(): void {},
  };
}
