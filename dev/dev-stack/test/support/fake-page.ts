import { readFile } from 'node:fs/promises';
import { vi } from 'vitest';

/** One element, as far as the pages' own scripts touch it. */
export class FakeElement {
  hidden: boolean;
  disabled = false;
  value = '';
  textContent = '';
  readonly dataset = {};
  readonly listeners = new Map<string, (event: { preventDefault: () => void }) => unknown>();
  readonly #page: FakePage;

  constructor(page: FakePage, tag: string) {
    this.#page = page;
    this.hidden = /\shidden[\s>]/.test(tag);
  }

  addEventListener(type: string, listener: (event: { preventDefault: () => void }) => unknown): void {
    this.listeners.set(type, listener);
  }
  replaceChildren(...children: unknown[]): void {
    this.textContent = children.map((child) => (typeof child === 'string' ? child : '')).join('');
  }
  append(): void {}
  setAttribute(): void {}
  removeAttribute(): void {}
  focus(): void {
    this.#page.focused = this;
  }
  /** A form's: as a browser does it, for the fields below. */
  reset(): void {
    for (const id of ['email', 'username', 'password', 'repeat']) this.#page.element(id).value = '';
  }
}

/** One of the two pages without a browser: its elements by id, its address, and the answers of an API. */
export class FakePage {
  focused: FakeElement | undefined;
  readonly location = { hash: '', pathname: '/reset-password' };
  readonly #html: string;
  readonly #elements = new Map<string, FakeElement>();
  readonly #onWindow = new Map<string, () => unknown>();

  private constructor(html: string) {
    this.#html = html;
  }

  /** Runs the page's script; `fetch` stands for the API. */
  static async open(name: string, { hash = '', fetch }: { hash?: string; fetch: typeof globalThis.fetch }) {
    const file = (extension: string) => new URL(`../../static/pages/${name}.${extension}`, import.meta.url);
    const page = new FakePage(await readFile(file('html'), 'utf8'));
    page.location.hash = hash;
    const globals = {
      document: {
        documentElement: {},
        getElementById: (id: string) => page.element(id),
        querySelector: () => ({ content: 'http://api.test/graphql' }),
        querySelectorAll: () => [],
        createElement: () => new FakeElement(page, ''),
        get activeElement() {
          return page.focused;
        },
      },
      navigator: { languages: ['en'], language: 'en' },
      location: page.location,
      history: { replaceState: () => Object.assign(page.location, { hash: '' }) },
      window: { addEventListener: (type: string, act: () => unknown) => page.#onWindow.set(type, act) },
      fetch,
    };
    for (const [global, value] of Object.entries(globals)) vi.stubGlobal(global, value);
    vi.resetModules();
    await import(/* @vite-ignore */ `${file('js').href}?${crypto.randomUUID()}`);
    return page;
  }

  element(id: string): FakeElement {
    const known = this.#elements.get(id);
    if (known) return known;
    const made = new FakeElement(this, new RegExp(`<[^>]*\\sid="${id}"[^>]*>`).exec(this.#html)?.[0] ?? '');
    this.#elements.set(id, made);
    return made;
  }

  /** Another link opened in the same tab. */
  changeHash(hash: string): unknown {
    this.location.hash = hash;
    return this.#onWindow.get('hashchange')?.();
  }

  async submit(): Promise<void> {
    await this.element('form').listeners.get('submit')?.({ preventDefault: () => {} });
  }
}
