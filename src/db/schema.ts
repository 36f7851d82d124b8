export * from './guild-schema.ts';
export * from './people-schema.ts';
export * from './run-schema.ts';
