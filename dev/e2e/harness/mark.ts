import { inject } from 'vitest';

// Set-up of every test file: the processes that a file starts inherit this TMPDIR, so global-setup.ts can find them.
process.env['TMPDIR'] = inject('mark');
