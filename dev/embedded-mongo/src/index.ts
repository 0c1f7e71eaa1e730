export { type EmbeddedMongo, startEmbeddedMongo } from './start.ts';
