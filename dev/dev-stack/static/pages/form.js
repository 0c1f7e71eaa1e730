import { text } from './texts.js';

export const find = (id) => document.getElementById(id);

/** Shows an error with its list of reasons, if there are any, and marks the fields that caused it. */
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

/** Removes the form with everything that was typed. Otherwise a browser would show it again after a click on Back. */
export const closeForm = () => {
  find('form').reset();
  find('form').hidden = true;
  find('title').focus();
};

/** Replaces the form by the result. It is in a live region, so a screen reader reads it. */
export const showOutcome = (message) => {
  closeForm();
  find('outcome').textContent = message;
};

/** Whether the result has already moved the focus to a field. */
const moved = () => document.activeElement?.tagName === 'INPUT';

/** Runs one submission at a time. A second click does not send a second request. */
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
      // A disabled button loses the focus, so a keyboard user would lose the place on the page.
      if (focused === button && !find('form').hidden && !moved()) button.focus();
    }
  });
};
