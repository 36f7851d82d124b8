import { registerHooks } from 'node:module';

/** One mistake, made on purpose: in this file of src this text is replaced as the file is loaded. */
export interface Variant {
  name: string;
  /** Below src. */
  file: string;
  text: string;
  replacement: string;
}

/**
 * Makes the mistake in everything that this process loads from now on; the files on the disk stay as they are. The
 * returned function throws unless it was made: a table of mistakes that are none would prove nothing.
 */
export function makeMistake({ name, file, text, replacement }: Variant): () => void {
  let isMade = false;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${file}`)) return loaded;
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      const [before = '', after, ...more] = source.split(text);
      if (after === undefined || more.length > 0) {
        throw new Error(
          `variant ${name}: src/${file} holds its text ${more.length + Number(after !== undefined)} times, not once`,
        );
      }
      isMade = true;
      return { ...loaded, source: before + replacement + after };
    },
  });
  return () => {
    if (!isMade) throw new Error(`variant ${name}: src/${file} was never loaded`);
  };
}
