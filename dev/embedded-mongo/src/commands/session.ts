import { Int32, UUID } from 'bson';
import { type Doc, isDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { badValue, invalidOptions } from '../errors.ts';
import { SESSION_TIMEOUT_MINUTES } from '../sessions/sessions.ts';
import type { Call, Command } from './command.ts';

const idsIn = (list: unknown): string[] => {
  if (!Array.isArray(list)) throw badValue('expected an array of sessions');
  return list.map((session: unknown) => {
    if (!isDoc(session)) throw badValue('expected a session');
    return keyOf(session['id']);
  });
};

const endAll =
  (name: string) =>
  ({ command, server }: Call): Doc => {
    for (const id of idsIn(command[name])) {
      server.sessions.end(id);
      server.cursors.endSession(id);
    }
    return {};
  };

const ending =
  (act: (call: Call, session: NonNullable<Call['session']>, number: bigint) => void) =>
  (call: Call): Doc => {
    if (!call.session || call.number === undefined || call.command['autocommit'] !== false)
      throw invalidOptions(`${call.name} must be run within a transaction`);
    act(call, call.session, call.number);
    return {};
  };

export const sessionCommands: readonly Command[] = [
  {
    name: 'startSession',
    fields: [],
    run: () => ({ id: { id: new UUID() }, timeoutMinutes: new Int32(SESSION_TIMEOUT_MINUTES) }),
  },
  { name: 'endSessions', fields: [], run: endAll('endSessions') },
  { name: 'killSessions', fields: [], run: endAll('killSessions') },
  { name: 'refreshSessions', fields: [], run: () => ({}) },
  {
    name: 'commitTransaction',
    fields: ['recoveryToken'],
    inTransaction: true,
    run: ending(({ server }, session, number) => server.sessions.commit(session, number)),
  },
  {
    name: 'abortTransaction',
    fields: ['recoveryToken'],
    inTransaction: true,
    run: ending(({ server }, session, number) => server.sessions.abort(session, number)),
  },
];
