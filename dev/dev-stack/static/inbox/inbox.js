const REFRESH_MS = 1000;
const find = (id) => document.getElementById(id);

let mails = [];
let openId;

const link = (href) => {
  const anchor = document.createElement('a');
  anchor.href = href;
  anchor.textContent = href;
  anchor.target = '_blank';
  anchor.rel = 'noreferrer';
  return anchor;
};

const show = (view) => {
  find('html').hidden = view !== 'html';
  find('text').hidden = view !== 'text';
  find('show-html').setAttribute('aria-pressed', String(view === 'html'));
  find('show-text').setAttribute('aria-pressed', String(view === 'text'));
};

const open = (mail) => {
  openId = mail.id;
  find('mail').hidden = false;
  find('subject').textContent = mail.subject;
  find('envelope').textContent =
    `${mail.from} → ${mail.to.join(', ')}, ${new Date(mail.receivedAt).toLocaleString()}`;
  find('links').replaceChildren(...mail.links.flatMap((href) => [link(href), document.createElement('br')]));
  find('raw').href = `/messages/${mail.id}/raw`;
  find('html').src = `/messages/${mail.id}/html`;
  find('text').textContent = mail.text;
  show(mail.hasHtml ? 'html' : 'text');
  drawList();
};

const drawList = () => {
  const items = mails.toReversed().map((mail) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-current', String(mail.id === openId));
    const details = document.createElement('small');
    details.textContent = `${mail.to.join(', ')} · ${new Date(mail.receivedAt).toLocaleTimeString()}`;
    button.append(mail.subject, details);
    button.addEventListener('click', () => open(mail));
    const item = document.createElement('li');
    item.append(button);
    return item;
  });
  find('list').replaceChildren(...items);
};

const refresh = async () => {
  try {
    const latest = await (await fetch('/messages.json')).json();
    const changed = latest.length !== mails.length || latest.at(-1)?.id !== mails.at(-1)?.id;
    mails = latest;
    find('status').textContent = mails.length === 0 ? 'Waiting for mail…' : `${mails.length} mail(s)`;
    if (changed) drawList();
    if (openId === undefined && mails.length > 0) open(mails.at(-1));
  } catch {
    find('status').textContent = 'The inbox has been stopped.';
  }
  setTimeout(refresh, REFRESH_MS);
};

find('show-html').addEventListener('click', () => show('html'));
find('show-text').addEventListener('click', () => show('text'));
refresh();
