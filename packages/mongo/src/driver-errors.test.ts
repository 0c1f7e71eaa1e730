import { DuplicateError, UnavailableError } from '@latchkey/password-reset';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { hasLabel, NoAnswerError, translate } from './driver-errors.ts';

const serverError = (code: number, message = 'failed') =>
  new mongo.MongoServerError({ code, errmsg: message });

describe('an error of the driver', () => {
  it.each([
    ['a lost connection', new mongo.MongoNetworkError('connection closed')],
    ['a socket without an answer', new mongo.MongoNetworkTimeoutError('timed out')],
    ['a closed client', new mongo.MongoClientClosedError()],
    ['a client that is not connected', new mongo.MongoNotConnectedError('not connected')],
    ['no answer in time', new NoAnswerError(1)],
    ['a primary that stepped down', serverError(189)],
    ['a node that is no primary', serverError(10107)],
    ['a shutdown', serverError(11600)],
    ['a time limit', serverError(50)],
    ['a write concern not met in time', serverError(64)],
    ['a socket that ended while it was written to', Object.assign(new Error('ended'), { code: 'EPIPE' })],
    ['a full pool', Object.assign(new Error('timed out'), { name: 'MongoWaitQueueTimeoutError' })],
  ])('that means "not now" is told as unavailable: %s', (_, error) => {
    const translated = translate(error);
    expect(translated).toBeInstanceOf(UnavailableError);
    expect(translated).toHaveProperty('cause', error);
  });

  it('for a taken key repeats nothing of the key', () => {
    const translated = translate(serverError(11000, 'E11000 dup key: { _id: "ada@example.com" }'));
    expect(translated).toBeInstanceOf(DuplicateError);
    expect(JSON.stringify([String(translated), translated])).not.toContain('ada@example.com');
  });

  it('that is our own mistake stays what it is', () => {
    const mistakes = [serverError(9, 'FailedToParse'), new TypeError('x'), serverError(13, 'Unauthorized')];
    for (const mistake of mistakes) expect(translate(mistake)).toBe(mistake);
  });

  it('keeps its labels through the translation', () => {
    const error = new mongo.MongoNetworkError('connection closed');
    error.addErrorLabel('TransientTransactionError');

    expect(hasLabel(translate(error), 'TransientTransactionError')).toBe(true);
    expect(hasLabel(translate(error), 'UnknownTransactionCommitResult')).toBe(false);
  });
});
