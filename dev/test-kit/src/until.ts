export { PATIENCE_MS, until } from '@latchkey/dev-stack/until';
