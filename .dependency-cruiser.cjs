// Imports point inwards (see CONTRIBUTING.md, "Where does a line go?").
const edges = '^(commands|src/(discord|http|groups|identity|jobs|db))/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-is-pure',
      comment: 'core decides from values alone: no package, no Node, no other folder',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'sync-knows-core-and-its-ports',
      comment: 'sync orders reading, deciding, writing; the edges stand behind its ports (store types may be named)',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: { path: edges, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'edges-know-types-of-each-other-at-most',
      severity: 'error',
      from: { path: '^(commands|src/(discord|http|groups|identity|jobs|db))/' },
      to: { path: edges, pathNot: '^$1/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'nothing-imports-programs', severity: 'error', from: {}, to: { path: '^src/(main\\.ts|bin/.*)$' } },
    {
      name: 'only-programs-import-commands',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts|bin/.*)$' },
      to: { path: '^commands/' },
    },
    {
      name: 'sandbox-stands-alone',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: '^(src|commands|test|bench)/' },
    },
    {
      name: 'nothing-of-the-product-imports-sandbox',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { path: '^sandbox/' },
    },
    { name: 'nothing-imports-bench', severity: 'error', from: { pathNot: '^bench/' }, to: { path: '^bench/' } },
    {
      name: 'only-config-reads-the-environment',
      comment: 'process.env itself is checked by a lint rule; this one keeps node:process out of everything else',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/((config|main)\\.ts|bin/.*)$' },
      to: { path: '^node:process$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no parser API yet, so swc reads the imports.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
