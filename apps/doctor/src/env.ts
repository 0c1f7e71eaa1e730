import { modeOf, type ParsedEnv, parseEnv, type RawEnv } from '@latchkey/runtime';
import { engineFields, hostFields, mailFrom, overlappingFields, smtpUrls } from '@latchkey/settings';
import { z } from 'zod';

/** The variables that both apps need, and the worker's relay if it is set. Each app checks its other variables at its start. */
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

/** @throws ConfigError that lists every problem. */
export const parseDoctorEnv = (env: RawEnv): DoctorEnv => parseEnv(schemaFor(env), env, overlappingFields);
export type DoctorEnv = ParsedEnv<ReturnType<typeof schemaFor>>;
