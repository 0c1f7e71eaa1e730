import { modeOf, type ParsedEnv, parseEnv, type RawEnv } from '@latchkey/runtime';
import { engineFields, hostFields, mailFrom, overlappingFields, smtpUrls } from '@latchkey/settings';
import { z } from 'zod';

/** The rows that both apps share, and the worker's relay when it is given. Each app lists its own problems at its boot. */
const schemaFor = (env: RawEnv) => {
  const { MONGODB_URI, REDIS_URL, IDENTIFIER_HMAC_KEY } = engineFields();

  return z.object({
    MONGODB_URI,
    REDIS_URL,
    IDENTIFIER_HMAC_KEY,
    ...hostFields(modeOf(env)),
    SMTP_URL: smtpUrls().optional(),
    MAIL_FROM: mailFrom().prefault('doctor@localhost'),
  });
};

/** @throws ConfigError with every problem at once. */
export const parseDoctorEnv = (env: RawEnv): DoctorEnv => parseEnv(schemaFor(env), env, overlappingFields);
export type DoctorEnv = ParsedEnv<ReturnType<typeof schemaFor>>;
