import { find, onSubmit, showOutcome, showProblem } from './form.js';
import { ask } from './graphql.js';
import { text, translate } from './texts.js';

const REQUEST = `mutation Ask($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    __typename
    ... on PasswordResetRequested { reference expiresInSeconds }
    ... on UserError { code message }
    ... on RateLimitedError { retryAfterSeconds }
  }
}`;

translate('askTitle');

onSubmit(async () => {
  const result = await ask('requestPasswordReset', REQUEST, {
    input: { email: find('email').value, locale: navigator.language },
  });
  if (result.code === undefined) return showOutcome(text('asked', result));
  showProblem(text(result.code, result), { fields: result.code === 'INVALID_EMAIL' ? [find('email')] : [] });
});
