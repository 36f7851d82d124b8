import process from 'node:process';
import { commands } from '../../commands/index.ts';
import { examine } from '../operate/doctor.ts';
import { lineOf } from '../operate/finding.ts';

/** `npm run doctor`: can Rolewright work here? One line each; exit code 1 if anything is to be mended. */
if (process.argv.length > 2) {
  process.stderr.write('The doctor takes no arguments: npm run doctor. Nothing was looked at.\n');
  process.exit(1);
}
// Whoever reads the first lines only (`| head`) has seen enough.
process.stdout.on('error', () => process.exit(1));
let mends = 0;
for await (const finding of examine(process.env, { commands, nowMs: Date.now })) {
  if (!finding.isOk) mends += 1;
  process.stdout.write(`${lineOf(finding)}\n`);
}
process.stdout.write(mends === 0 ? '\nEverything is well.\n' : `\n${mends} to mend.\n`);
process.exitCode = mends === 0 ? 0 : 1;
