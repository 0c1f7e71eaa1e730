import { readFile } from 'node:fs/promises';
import { Window } from 'happy-dom';
import { onTestFinished, vi } from 'vitest';

/** Address of the API for the pages in these tests. */
export const API = 'http://api.test/graphql';

/** Opens one of the two pages in a DOM without a browser. `fetch` takes the place of the API. */
export const openPage = async (
  name: 'forgot-password' | 'reset-password',
  { hash = '', fetch }: { hash?: string; fetch: typeof globalThis.fetch },
) => {
  const file = (extension: string) => new URL(`../../static/pages/${name}.${extension}`, import.meta.url);
  const window = new Window({
    url: `http://pages.test/${name}${hash}`,
    // The script is imported below, so that every page gets a new copy of it and of its imports.
    settings: { disableJavaScriptFileLoading: true, handleDisabledFileLoadingAsSuccess: true },
  });
  onTestFinished(() => window.happyDOM.close());
  const { document, location, history, navigator } = window;
  document.write((await readFile(file('html'), 'utf8')).replace('{{api}}', API));

  // In a browser `replaceState` causes no `hashchange` event. happy-dom sends one, so it is stopped here.
  window.addEventListener('hashchange', (event) => {
    if (event instanceof window.HashChangeEvent && new URL(event.newURL).hash === '')
      event.stopImmediatePropagation();
  });

  for (const [global, value] of Object.entries({ window, document, location, history, navigator, fetch }))
    vi.stubGlobal(global, value);
  vi.resetModules();
  await import(/* @vite-ignore */ `${file('js').href}?${crypto.randomUUID()}`);

  const element = (id: string) => {
    const found = document.getElementById(id);
    if (found instanceof window.HTMLElement) return found;
    throw new Error(`the page has no #${id}`);
  };
  const control = (id: string) => {
    const found = element(id);
    if (found instanceof window.HTMLInputElement || found instanceof window.HTMLButtonElement) return found;
    throw new Error(`#${id} is neither a field nor a button`);
  };

  return {
    document,
    location,
    element,
    control,
    hidden: (id: string): boolean => element(id).hidden,
    text: (id: string): string => element(id).textContent,

    /** Opens another link in the same tab. */
    changeHash: (to: string): void => {
      location.hash = to;
    },

    /** Clicks the button and waits until the page has handled the answer. */
    submit: async (): Promise<void> => {
      control('submit').click();
      await vi.waitFor(() => {
        if (control('submit').disabled) throw new Error('still submitting');
      });
    },
  };
};

export type Page = Awaited<ReturnType<typeof openPage>>;
