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

/** Takes the form away with all that was typed, which a browser would otherwise show again to whoever goes back. */
export const closeForm = () => {
  find('form').reset();
  find('form').hidden = true;
  find('title').focus();
};

/** Replaces the form by how it ended, and says so to those who do not see it. */
export const showOutcome = (message) => {
  closeForm();
  find('outcome').textContent = message;
};

/** Whether what happened has taken the focus to a field already. */
const moved = () => document.activeElement?.tagName === 'INPUT';

/** Runs one submission at a time; a second click does not send a second request. */
export const onSubmit = (submit) => {
  const button = find('submit');
  const label = button.textContent;
  button.disabled = false;

  find('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clearProblem();
    const focused = document.activeElement;
    button.disabled = true;
    button.textContent = text('working');
    try {
      await submit();
    } finally {
      button.disabled = false;
      button.textContent = label;
      // A disabled button loses the focus, and with it the keyboard its place.
      if (focused === button && !find('form').hidden && !moved()) button.focus();
    }
  });
};
