import { clearProblem, closeForm, find, onSubmit, showOutcome, showProblem } from './form.js';
import { ask } from './graphql.js';
import { hasText, text, translate } from './texts.js';

const CHECK = 'query Check($token: String!) { passwordResetToken(token: $token) }';
const POLICY = '{ passwordPolicy { minLength maxBytes rules } }';
const RESET = `mutation Reset($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    __typename
    ... on PasswordReset { reference sessionsRevoked }
    ... on UserError { code message }
    ... on PasswordRejectedError { reasons { rule message } }
    ... on RateLimitedError { retryAfterSeconds }
  }
}`;

let token = '';
let policy = {};

/** Reads the token and removes it from the address bar at once, so that neither history nor screenshots contain it. */
const takeToken = () => {
  token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  history.replaceState(null, '', location.pathname);
};

const linkIsDead = (message) => {
  closeForm();
  find('outcome').replaceChildren();
  find('again').hidden = false;
  showProblem(message);
};

const submit = async () => {
  const [password, repeat] = [find('password'), find('repeat')];
  if (password.value === '') return showProblem(text('empty'), { fields: [password] });
  if (password.value !== repeat.value) return showProblem(text('mismatch'), { fields: [repeat] });

  const result = await ask('resetPassword', RESET, { input: { token, newPassword: password.value } });
  switch (result.code) {
    case undefined:
      token = '';
      return showOutcome(text('done', result));
    case 'INVALID_TOKEN':
      return linkIsDead(text('INVALID_TOKEN'));
    case 'PASSWORD_REJECTED':
      return showProblem(text('PASSWORD_REJECTED'), {
        reasons: result.reasons.map(({ rule, message }) => (hasText(rule) ? text(rule, policy) : message)),
        fields: [password],
      });
    default:
      return showProblem(text(result.code, result));
  }
};

const begin = async () => {
  takeToken();
  clearProblem();
  find('outcome').replaceChildren();
  find('form').hidden = true;
  find('again').hidden = true;
  if (token === '') return linkIsDead(text('noToken'));

  find('outcome').textContent = text('checking');
  const asked = token;
  const [status, rules] = await Promise.all([
    ask('passwordResetToken', CHECK, { token }),
    ask('passwordPolicy', POLICY),
  ]);
  // Another link was opened meanwhile, so the status of the earlier link no longer applies.
  if (asked !== token) return;
  find('outcome').replaceChildren();
  if (status === 'INVALID') return linkIsDead(text('INVALID_TOKEN'));
  // The check got no answer. The mutation decides about the link anyway, and it may get one in a moment.
  if (status !== 'VALID') showProblem(text(status.code, status));
  if (rules.code === undefined) {
    policy = rules;
    find('policy').textContent = text('policy', rules);
  }
  find('form').hidden = false;
  find('username').focus();
};

translate('resetTitle');
onSubmit(submit);
find('show').addEventListener('change', ({ target }) => {
  for (const id of ['password', 'repeat']) find(id).type = target.checked ? 'text' : 'password';
});
// If another mailed link is opened in the same tab, only the fragment changes.
window.addEventListener('hashchange', begin);
begin();
