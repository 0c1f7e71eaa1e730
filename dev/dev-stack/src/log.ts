/** Receives one line for people about what is found, fetched or started. */
export type Log = (line: string) => void;

export const silent: Log = () => {};
