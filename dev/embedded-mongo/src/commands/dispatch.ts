import { Binary, Long } from 'bson';
import { compileExpression } from '../aggregation/expression.ts';
import { createScope, extendScope, type Scope } from '../aggregation/scope.ts';
import { type Doc, isDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import { Fault, failedToParse, invalidOptions, isTransientInTransaction, toFault } from '../errors.ts';
import type { Session } from '../sessions/sessions.ts';
import { nextTimestamp } from '../store/accept.ts';
import type { Transaction } from '../store/transaction.ts';
import { docArgument, requireSimpleCollation } from './arguments.ts';
import { clockOf, createWhenFree } from './clock.ts';
import type { Command, Server } from './command.ts';
import { requireReadConcern, unsatisfiedWriteConcern } from './concerns.ts';
import { commandNamed, requireKnownFields } from './lookup.ts';

const numberArgument = (body: Doc): bigint | undefined => {
  const value = body['txnNumber'];
  if (value === undefined) return undefined;
  return BigInt(integerArgument(value, 'txnNumber'));
};

const scopeOf = (body: Doc): Scope => {
  const scope = createScope(new Map([['NOW', new Date()]]));
  if (body['let'] === undefined) return scope;
  const variables = docArgument(body['let'], 'let');
  const environment = scope.environment({});
  return extendScope(
    scope,
    Object.entries(variables).map(([name, value]) => {
      if (!/^[a-z\u0080-\uffff]/.test(name))
        throw failedToParse(`'${name}' starts with an invalid character for a user variable name`);
      return [name, compileExpression(value, scope)(environment)] as const;
    }),
  );
};

const ENDS_TRANSACTION = new Set(['commitTransaction', 'abortTransaction']);

/** Joins or starts the transaction that the command names; undefined for a command outside a transaction. */
const transactionOf = (
  server: Server,
  command: Command,
  body: Doc,
  session: Session | undefined,
  number: bigint | undefined,
): Transaction | undefined => {
  if (body['autocommit'] === undefined) {
    if (body['startTransaction'] !== undefined)
      throw invalidOptions('startTransaction requires autocommit: false');
    return undefined;
  }
  if (body['autocommit'] !== false || !session || number === undefined)
    throw invalidOptions('a transaction needs autocommit: false, lsid and txnNumber');
  if (!command.inTransaction)
    throw new Fault(
      263,
      'OperationNotSupportedInTransaction',
      `Cannot run '${command.name}' in a multi-document transaction.`,
    );
  if (ENDS_TRANSACTION.has(command.name)) return undefined;
  if (body['writeConcern'] !== undefined)
    throw invalidOptions('writeConcern is not allowed within a multi-statement transaction');
  if (body['startTransaction'] === true) return server.sessions.start(session, number);
  if (body['readConcern'] !== undefined)
    throw invalidOptions('Only the first command in a transaction may specify a readConcern');
  return server.sessions.current(session, number);
};

const answersOf = (
  server: Server,
  command: Command,
  body: Doc,
  session: Session | undefined,
  number: bigint | undefined,
) => {
  if (number === undefined || body['autocommit'] !== undefined) return undefined;
  if (!session) throw invalidOptions('txnNumber requires lsid');
  if (!command.retryable)
    throw new Fault(50768, 'Location50768', `${command.name} cannot be a retryable write`);
  return server.sessions.retryable(session, number);
};

const CLUSTER_SIGNATURE = { hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO };

/** Adds the clock, which every reply of a replica set member contains. */
const clusterTime = (): Doc => {
  const operationTime = nextTimestamp();
  return { $clusterTime: { clusterTime: operationTime, signature: CLUSTER_SIGNATURE }, operationTime };
};

const sessionKeyOf = (body: Doc): string | undefined => {
  const lsid = body['lsid'];
  if (lsid === undefined) return undefined;
  if (!isDoc(lsid) || !(lsid['id'] instanceof Binary))
    throw invalidOptions('lsid must hold an id of type UUID');
  return keyOf(lsid['id']);
};

/** Runs one command. Never rejects, because faults become replies. */
export type Dispatch = (body: Doc, signal: AbortSignal) => Promise<Doc>;

export const createDispatch = (server: Server, reportDefect: (error: unknown) => void): Dispatch => {
  const run = async (
    body: Doc,
    signal: AbortSignal,
    name: string,
    session: Session | undefined,
    sessionKey: string | undefined,
  ): Promise<Doc> => {
    const command = commandNamed(name);
    requireKnownFields(command, body, name);
    const database = body['$db'];
    if (typeof database !== 'string' || database === '' || /[\0/\\ "$.]/.test(database))
      throw new Fault(73, 'InvalidNamespace', `Invalid database name: '${String(database)}'`);
    requireSimpleCollation(body['collation']);
    const number = numberArgument(body);
    const clock = clockOf(body, signal);
    const concern = unsatisfiedWriteConcern(body['writeConcern']);
    const transaction = transactionOf(server, command, body, session, number);
    requireReadConcern(body['readConcern'], transaction !== undefined);
    const reply = await command.run({
      server,
      command: body,
      name,
      database,
      catalog: transaction ?? server.store,
      transaction,
      session,
      sessionKey,
      number,
      answered: answersOf(server, command, body, session, number),
      scope: scopeOf(body),
      checkTime: clock.check,
      whenFree: createWhenFree(clock),
    });
    return { ...reply, ...concern, ok: 1 };
  };

  const failed = (error: unknown, body: Doc, name: string, session: Session | undefined): Doc => {
    const fault = toFault(error);
    if (!(error instanceof Fault)) reportDefect(error);
    const inTransaction = body['autocommit'] === false;
    const ending = ENDS_TRANSACTION.has(name);
    // A failed statement ends its transaction and no other. A command with an older number must not end a newer transaction.
    if (inTransaction && !ending && session && String(body['txnNumber']) === String(session.number))
      server.sessions.fail(session);
    const transient = inTransaction && isTransientInTransaction(fault, ending);
    return {
      ok: 0,
      errmsg: fault.message,
      code: fault.code,
      codeName: fault.codeName,
      ...fault.extra,
      ...(transient && { errorLabels: ['TransientTransactionError'] }),
    };
  };

  /** Runs the numbered commands of a session in order, because a retry must not overtake the write that still waits. */
  const inTurn = async (session: Session, work: () => Promise<Doc>): Promise<Doc> => {
    const before = session.tail;
    const mine = before.then(work);
    session.tail = mine;
    return mine;
  };

  return async (body, signal) => {
    const name = Object.keys(body)[0] ?? '';
    let session: Session | undefined;
    const answer = async (sessionKey: string | undefined): Promise<Doc> => {
      try {
        return await run(body, signal, name, session, sessionKey);
      } catch (error) {
        return failed(error, body, name, session);
      }
    };
    try {
      const sessionKey = sessionKeyOf(body);
      if (sessionKey !== undefined) session = server.sessions.get(sessionKey);
      const reply =
        session && body['txnNumber'] !== undefined
          ? await inTurn(session, () => answer(sessionKey))
          : await answer(sessionKey);
      return { ...reply, ...clusterTime() };
    } catch (error) {
      return { ...failed(error, body, name, session), ...clusterTime() };
    }
  };
};
