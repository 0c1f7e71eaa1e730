/** Sends one mail from its own process with another machine's host name. wire.test.ts runs this file. */
import os from 'node:os';
import { mailerFor } from './mailers.ts';
import { resetMail } from './messages.ts';

os.hostname = () => 'another-machine.internal';

const mailer = mailerFor(process.argv[2] ?? '');
const result = await mailer.send(resetMail({ locale: 'de', name: 'Jürgen Groß' }));
await mailer.close();
process.exitCode = result.class === 'accepted' ? 0 : 1;
