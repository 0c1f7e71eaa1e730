import { isSmtpUrl, parseMailFrom } from '@latchkey/mail';
import {
  engineFields,
  field,
  hostFields,
  modeOf,
  overlappingFields,
  parseEnv,
  type RawEnv,
  smtpUrls,
} from '@latchkey/runtime';
import { z } from 'zod';

/** The rows that both apps share, and the worker's relay when it is given. Each app lists its own problems at its boot. */
const schemaFor = (env: RawEnv) => {
  const { MONGODB_URI, REDIS_URL, IDENTIFIER_HMAC_KEY } = engineFields();

  return z.object({
    MONGODB_URI,
    REDIS_URL,
    IDENTIFIER_HMAC_KEY,
    ...hostFields(modeOf(env)),
    SMTP_URL: smtpUrls(isSmtpUrl).optional(),
    MAIL_FROM: field('one sender, such as "Acme" <no-reply@acme.test>', (value) =>
      parseMailFrom(value) === undefined ? undefined : value,
    ).prefault('doctor@localhost'),
  });
};

/** @throws ConfigError with every problem at once. */
export const parseDoctorEnv = (env: RawEnv) => parseEnv(schemaFor(env), env, overlappingFields);
export type DoctorEnv = ReturnType<typeof parseDoctorEnv>;
