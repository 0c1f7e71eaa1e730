import { inject } from 'vitest';

// Set-up of every test file: what the file starts is found afterwards by this mark (global-setup.ts).
process.env['TMPDIR'] = inject('mark');
