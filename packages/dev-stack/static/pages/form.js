import { text } from './texts.js';

export const find = (id) => document.getElementById(id);

/** Shows what is wrong, with a list of reasons if there are any, and marks the fields it is about. */
export const showProblem = (message, { reasons = [], fields = [] } = {}) => {
  const list = document.createElement('ul');
  list.append(
    ...reasons.map((reason) => {
      const item = document.createElement('li');
      item.textContent = reason;
      return item;
    }),
  );
  find('problem').replaceChildren(message, ...(reasons.length > 0 ? [list] : []));
  for (const field of fields) field.setAttribute('aria-invalid', 'true');
  fields[0]?.focus();
};

export const clearProblem = () => {
  find('problem').replaceChildren();
  for (const input of document.querySelectorAll('input')) input.removeAttribute('aria-invalid');
};

/** Replaces the form by how it ended, and says so to those who do not see it. */
export const showOutcome = (message) => {
  find('form').hidden = true;
  find('outcome').textContent = message;
  find('title').focus();
};

/** Runs one submission at a time; a second click does not send a second request. */
export const onSubmit = (submit) => {
  const button = find('submit');
  const label = button.textContent;
  button.disabled = false;

  find('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clearProblem();
    button.disabled = true;
    button.textContent = text('working');
    try {
      await submit();
    } finally {
      button.disabled = false;
      button.textContent = label;
    }
  });
};
