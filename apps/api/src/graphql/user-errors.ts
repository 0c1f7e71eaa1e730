import { PASSWORD_RULES, type PasswordRule } from '@latchkey/password-reset';
import type { Builder } from './builder.ts';

interface Failure<Type extends string, Code extends string> {
  readonly type: Type;
  readonly code: Code;
  readonly message: string;
}

const failure = <Type extends string, Code extends string>(
  type: Type,
  code: Code,
  message: string,
): Failure<Type, Code> => ({ type, code, message });

/** The errors that a user can cause. They are members of the result unions. */
export const invalidEmail = failure('InvalidEmailError', 'INVALID_EMAIL', 'This is not an e-mail address.');
export const invalidToken = failure(
  'InvalidTokenError',
  'INVALID_TOKEN',
  'The link is not valid. It may have expired or been used; ask for a new one.',
);
export const serviceUnavailable = failure(
  'ServiceUnavailableError',
  'SERVICE_UNAVAILABLE',
  'The service cannot do this right now. Try again shortly.',
);
export const rateLimited = (retryAfterSeconds: number) => ({
  ...failure('RateLimitedError', 'RATE_LIMITED', 'Too many attempts. Try again later.'),
  retryAfterSeconds,
});
export const passwordRejected = (rules: readonly PasswordRule[]) => ({
  ...failure(
    'PasswordRejectedError',
    'PASSWORD_REJECTED',
    'The new password cannot be used; the link still works.',
  ),
  reasons: rules.map((rule) => ({ rule, message: RULE_MESSAGES[rule] })),
});

const RULE_MESSAGES: Readonly<Record<PasswordRule, string>> = {
  TOO_SHORT: 'It has too few characters.',
  TOO_LONG: 'It has more bytes than can be hashed (72 in UTF-8).',
  INVALID_CHARACTERS: 'It contains characters that cannot be typed reliably (NUL or broken Unicode).',
  COMMON: 'It is one of the most common passwords.',
  CONTAINS_ACCOUNT_WORDS: 'It contains the name or address of the account.',
  SAME_AS_CURRENT: 'It is the current password.',
};

const RULE_DESCRIPTIONS: Readonly<Record<PasswordRule, string>> = {
  TOO_SHORT: 'Fewer characters than `minLength`.',
  TOO_LONG: 'More bytes than `maxBytes`.',
  INVALID_CHARACTERS: 'NUL, or text that is not well-formed Unicode.',
  COMMON: 'Among the most common passwords.',
  CONTAINS_ACCOUNT_WORDS: 'Contains a word of the address or name of the account.',
  SAME_AS_CURRENT: 'The current password. This comparison costs three of the ten attempts of a link.',
};

/** Declares the GraphQL types of the errors that a user can cause. */
export const defineUserErrors = (builder: Builder) => {
  const UserErrorCode = builder.enumType('UserErrorCode', {
    description: 'Stable codes for what a user can cause. More may be added.',
    values: {
      INVALID_EMAIL: { description: 'What was typed is no e-mail address.' },
      INVALID_TOKEN: { description: 'The link is over, or never was one. Offer a new one.' },
      PASSWORD_REJECTED: { description: 'The password breaks a rule. The link still works.' },
      RATE_LIMITED: { description: 'Too many attempts. Wait for `retryAfterSeconds`.' },
      SERVICE_UNAVAILABLE: { description: 'Not possible at this moment. The same call may succeed later.' },
    } as const,
  });
  const UserError = builder
    .interfaceRef<Failure<string, (typeof UserErrorCode)['$inferType']>>('UserError')
    .implement({
      description:
        'Clients select `... on UserError { code message }` besides the members they know, since unions grow.',
      fields: (t) => ({
        code: t.expose('code', { type: UserErrorCode, description: 'What went wrong; stable.' }),
        message: t.exposeString('message', {
          description: 'English, for developers; show texts by code.',
        }),
      }),
    });
  const PasswordRuleType = builder.enumType('PasswordRule', {
    description: 'A rule that a new password must keep.',
    values: Object.fromEntries(
      PASSWORD_RULES.map((rule) => [rule, { description: RULE_DESCRIPTIONS[rule] }]),
    ) as Record<PasswordRule, { description: string }>,
  });
  const PasswordRejection = builder
    .objectRef<{ readonly rule: PasswordRule; readonly message: string }>('PasswordRejection')
    .implement({
      description: 'One rule that the new password breaks.',
      fields: (t) => ({
        rule: t.expose('rule', { type: PasswordRuleType, description: 'The rule that is broken.' }),
        message: t.exposeString('message', {
          description: 'English, for developers; show texts by rule.',
        }),
      }),
    });
  const interfaces = [UserError];

  return {
    PasswordRule: PasswordRuleType,
    InvalidEmailError: builder.objectRef<typeof invalidEmail>('InvalidEmailError').implement({
      description: 'What was typed is no e-mail address.',
      interfaces,
    }),
    InvalidTokenError: builder.objectRef<typeof invalidToken>('InvalidTokenError').implement({
      description: 'One answer for every link that cannot be used, whatever is wrong with it.',
      interfaces,
    }),
    ServiceUnavailableError: builder
      .objectRef<typeof serviceUnavailable>('ServiceUnavailableError')
      .implement({
        description: 'Not possible at this moment; nothing is lost by trying again.',
        interfaces,
      }),
    RateLimitedError: builder.objectRef<ReturnType<typeof rateLimited>>('RateLimitedError').implement({
      description: 'Too many attempts from this network.',
      interfaces,
      fields: (t) => ({
        retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
          description: 'Whole seconds until the next attempt; also in the header `Retry-After`.',
        }),
      }),
    }),
    PasswordRejectedError: builder
      .objectRef<ReturnType<typeof passwordRejected>>('PasswordRejectedError')
      .implement({
        description: 'The new password breaks rules; the link still works.',
        interfaces,
        fields: (t) => ({
          reasons: t.expose('reasons', { type: [PasswordRejection], description: 'Every rule it breaks.' }),
        }),
      }),
  };
};

export type UserErrors = ReturnType<typeof defineUserErrors>;
