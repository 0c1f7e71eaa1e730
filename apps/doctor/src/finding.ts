/** What one look brought to light. `problem` fails the doctor, `advice` does not. */
export interface Finding {
  readonly level: 'ok' | 'advice' | 'problem';
  /** One sentence that names settings and counts, never values, and says what to do. */
  readonly text: string;
}

export const ok = (text: string): Finding => ({ level: 'ok', text });
export const advice = (text: string): Finding => ({ level: 'advice', text });
export const problem = (text: string): Finding => ({ level: 'problem', text });
