/** The result of one check. A `problem` makes the doctor exit with 1; `advice` does not. */
export interface Finding {
  readonly level: 'ok' | 'advice' | 'problem';
  /** One sentence that contains names of settings and counts, never values, and tells the operator what to do. */
  readonly text: string;
}

export const ok = (text: string): Finding => ({ level: 'ok', text });
export const advice = (text: string): Finding => ({ level: 'advice', text });
export const problem = (text: string): Finding => ({ level: 'problem', text });
