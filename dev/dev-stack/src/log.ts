/** Receives one line of text about something that was found, fetched or started. */
export type Log = (line: string) => void;

export const silent: Log = () => {};
