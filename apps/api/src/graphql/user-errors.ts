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

/** What a user can cause, as members of the result unions. */
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

/** Declares the error types. */
export const defineUserErrors = (builder: Builder) => {
  const UserErrorCode = builder.enumType('UserErrorCode', {
    values: [
      'INVALID_EMAIL',
      'INVALID_TOKEN',
      'PASSWORD_REJECTED',
      'RATE_LIMITED',
      'SERVICE_UNAVAILABLE',
    ] as const,
  });
  const UserError = builder
    .interfaceRef<Failure<string, (typeof UserErrorCode)['$inferType']>>('UserError')
    .implement({
      description:
        'Clients select `... on UserError { code message }` besides the members they know, since unions grow.',
      fields: (t) => ({
        code: t.expose('code', { type: UserErrorCode }),
        message: t.exposeString('message', {
          description: 'English, for developers; show texts by code.',
        }),
      }),
    });
  const PasswordRuleType = builder.enumType('PasswordRule', { values: PASSWORD_RULES });
  const PasswordRejection = builder
    .objectRef<{ readonly rule: PasswordRule; readonly message: string }>('PasswordRejection')
    .implement({
      fields: (t) => ({
        rule: t.expose('rule', { type: PasswordRuleType }),
        message: t.exposeString('message'),
      }),
    });
  const interfaces = [UserError];

  return {
    PasswordRule: PasswordRuleType,
    InvalidEmailError: builder.objectRef<typeof invalidEmail>('InvalidEmailError').implement({ interfaces }),
    InvalidTokenError: builder.objectRef<typeof invalidToken>('InvalidTokenError').implement({ interfaces }),
    ServiceUnavailableError: builder
      .objectRef<typeof serviceUnavailable>('ServiceUnavailableError')
      .implement({ interfaces }),
    RateLimitedError: builder.objectRef<ReturnType<typeof rateLimited>>('RateLimitedError').implement({
      interfaces,
      fields: (t) => ({ retryAfterSeconds: t.exposeInt('retryAfterSeconds') }),
    }),
    PasswordRejectedError: builder
      .objectRef<ReturnType<typeof passwordRejected>>('PasswordRejectedError')
      .implement({
        interfaces,
        fields: (t) => ({ reasons: t.expose('reasons', { type: [PasswordRejection] }) }),
      }),
  };
};

export type UserErrors = ReturnType<typeof defineUserErrors>;
