import process from 'node:process';
import { parseArgs } from 'node:util';
import { makeMistake } from './variant-loader.ts';
import { VARIANTS } from './variants.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '10000' },
    variant: { type: 'string' },
    story: { type: 'boolean', default: false },
    'until-found': { type: 'boolean', default: false },
  },
});
const variant = VARIANTS.find(({ name }) => name === values.variant);
if (values.variant !== undefined && !variant) throw new Error(`there is no variant ${values.variant}`);
const check = variant && makeMistake(variant);
const { runSeeds } = await import('./run-seeds.ts');
check?.();
const from = Number(values.seed ?? values.from);
const to = Number(values.seed ?? values.to);
const { failures } = await runSeeds({
  from,
  to,
  isTold: values.seed !== undefined,
  untilFound: values['until-found'],
  print: (line) => process.stdout.write(`${line}\n`),
});
process.exitCode = failures.length > 0 ? 1 : 0;
