import { DuplicateError, UnavailableError } from '@latchkey/password-reset';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { hasLabel, NoAnswerError, translate } from './driver-errors.ts';

const serverError = (code: number, message = 'failed', errorLabels: string[] = []) =>
  new mongo.MongoServerError({ code, errmsg: message, errorLabels });

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
    ['a storage engine without room in its cache', serverError(365)],
    ['a full disk', serverError(14031)],
    ['a login that has to be made anew', serverError(391)],
    ['a transaction past its lifetime', serverError(290)],
    ['a limit of requests at the door', serverError(462)],
    ['a full account at Atlas', serverError(8000, 'you are over your space quota, using 513 MB of 512 MB')],
    ['whatever an overloaded server sheds', serverError(473, 'interrupted', ['SystemOverloadedError'])],
    ['whatever a server calls worth a retry', serverError(4242, 'not now', ['RetryableError'])],
    ['a write that a server calls worth a retry', serverError(4242, 'not now', ['RetryableWriteError'])],
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
    const mistakes = [
      serverError(9, 'FailedToParse'),
      new TypeError('x'),
      serverError(13, 'Unauthorized'),
      serverError(8000, 'user is not allowed to do action [insert] on [app.latchkey_requests]'),
      serverError(8000, 'bad auth : Authentication failed.'),
    ];
    for (const mistake of mistakes) expect(translate(mistake)).toBe(mistake);
  });

  it('keeps its labels through the translation', () => {
    const error = new mongo.MongoNetworkError('connection closed');
    error.addErrorLabel('TransientTransactionError');

    expect(hasLabel(translate(error), 'TransientTransactionError')).toBe(true);
    expect(hasLabel(translate(error), 'UnknownTransactionCommitResult')).toBe(false);
  });
});
