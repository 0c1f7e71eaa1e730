/** The present moment; tests move it. */
export interface Clock {
  now(): Date;
}
