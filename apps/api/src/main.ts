import { runMain } from '@latchkey/runtime';
import { serveApi } from './serve.ts';

runMain(serveApi());
