import type { LocalDiscord } from './discord.ts';

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** The port that drives everything; never the Discord port. `port` 0: any free one. */
export async function startControl(_discord: Omit<LocalDiscord, 'controlUrl'>, _port: number): Promise<Control> {
  return Promise.resolve({ url: '', close: () => Promise.resolve() });
}
