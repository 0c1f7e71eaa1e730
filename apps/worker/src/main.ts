import { runMain } from '@latchkey/runtime';
import { wireWorker } from './wire.ts';

runMain(wireWorker);
