import { runMain } from '@latchkey/runtime';
import { wireApi } from './wire.ts';

runMain(wireApi);
