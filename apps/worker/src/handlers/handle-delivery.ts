import type { DeliverMailOutcome, DeliveryId, EndLateSessionsOutcome } from '@latchkey/password-reset';
import type { HandlerResult, QueuedJob } from '@latchkey/queue';
import type { WorkerMetrics } from '../metrics.ts';
import type { MissingKeys } from '../missing-keys.ts';
import type { LogLine, WorkerLog } from './log-line.ts';

export interface DeliveryHandlerDeps {
  readonly endLateSessions: (input: { deliveryId: DeliveryId }) => Promise<EndLateSessionsOutcome>;
  readonly deliverMail: (input: { deliveryId: DeliveryId; attempt: number }) => Promise<DeliverMailOutcome>;
  readonly missingKeys: Pick<MissingKeys, 'missed'>;
  readonly log: WorkerLog;
  readonly metrics: Pick<WorkerMetrics, 'deliveries' | 'deliverySeconds'>;
}

/** Handles one job of a delivery: calls the core, counts and logs the result. Each attempt gets one line `mail.delivery`. */
export const createDeliveryHandler =
  ({ endLateSessions, deliverMail, missingKeys, log, metrics }: DeliveryHandlerDeps) =>
  async ({ id: deliveryId, attempt }: QueuedJob): Promise<HandlerResult> => {
    // The sessions come first, because after its notice is sent a delivery gets no further job.
    if (kindOf(deliveryId) === 'password-changed') {
      const ended = await endLateSessions({ deliveryId });
      for (const [level, fields, message] of sessionLines(deliveryId, ended)) log[level](fields, message);
      if (ended.outcome === 'postponed') return { kind: 'later', at: ended.at };
    }

    const result = await deliverMail({ deliveryId, attempt });
    if (result.outcome !== 'ghost') count(metrics, deliveryId, result);
    for (const [level, fields, message] of linesFor(deliveryId, result)) log[level](fields, message);

    switch (result.outcome) {
      case 'not_due':
      case 'postponed':
        return { kind: 'later', at: result.at };
      case 'not_mine':
        missingKeys.missed(result.kid);
        return { kind: 'not_mine' };
      default:
        return { kind: 'done' };
    }
  };

const count = (metrics: DeliveryHandlerDeps['metrics'], id: DeliveryId, result: DeliverMailOutcome): void => {
  const { outcome } = result;
  const kind = kindOf(id);
  const attempt = 'result' in result ? result.result : undefined;

  metrics.deliveries.inc({ kind, outcome, class: attempt?.class ?? 'none' });
  if (attempt) metrics.deliverySeconds.observe({ kind, class: attempt.class }, attempt.ms / 1_000);
};

/** A job id comes from Redis, so only the two known kinds may become a label. */
const kindOf = (id: DeliveryId): string => {
  const kind = id.slice(id.indexOf(':') + 1);
  return kind === 'password-reset' || kind === 'password-changed' ? kind : 'unknown';
};

const sessionLines = (deliveryId: DeliveryId, ended: EndLateSessionsOutcome): readonly LogLine[] => {
  const { outcome } = ended;
  switch (outcome) {
    case 'none':
      return [];
    case 'ended': {
      if (ended.sessionsRevoked === 0) return [];
      const fields = { event: 'sessions.ended', deliveryId, sessionsRevoked: ended.sessionsRevoked };
      return [['info', fields, 'sessions that the old password opened during a reset were ended']];
    }
    case 'postponed': {
      const fields = { event: 'mail.postponed', deliveryId, outcome, at: ended.at, err: ended.error };
      return [['warn', fields, 'a notice waits until the sessions opened during its reset are ended']];
    }
    case 'failed': {
      const fields = { event: 'sessions.not_ended', deliveryId, err: ended.error };
      return [['warn', fields, 'sessions opened during a reset could not be ended']];
    }
  }
};

const linesFor = (deliveryId: DeliveryId, result: DeliverMailOutcome): readonly LogLine[] => {
  if ('result' in result) return attemptLines(deliveryId, result);

  const { outcome } = result;
  switch (outcome) {
    case 'suppressed': {
      const fields = { event: 'mail.dismissed', deliveryId, outcome, reason: result.reason };
      return [['info', fields, 'a mail that no longer applies was not sent']];
    }
    case 'expired':
    case 'dead': {
      const fields = { event: 'mail.dismissed', deliveryId, outcome, reason: result.reason };
      return [['warn', fields, 'a mail was not sent in time and is given up']];
    }
    case 'lost': {
      const fields = { event: 'mail.lost', deliveryId, outcome, state: result.state };
      return [['info', fields, 'another worker has the delivery, or it has ended']];
    }
    case 'postponed': {
      const fields = { event: 'mail.postponed', deliveryId, outcome, at: result.at, err: result.error };
      return [['warn', fields, 'a mail cannot be made yet and will be tried again']];
    }
    case 'not_due':
      return [
        ['debug', { event: 'mail.early', deliveryId, outcome, at: result.at }, 'the delivery is not due yet'],
      ];
    case 'ghost': {
      const { requestId, attempt, again } = result;
      const fields = { event: 'mail.ghost', requestId, attempt, ...(again ? { again } : {}) };
      return [['debug', fields, 'a ghost delivery took the time of a mail; nothing was sent']];
    }
    case 'not_mine':
      return [
        [
          'warn',
          { event: 'mail.foreign_key', deliveryId, outcome, kid: result.kid },
          'this worker lacks its key',
        ],
      ];
  }
};

type Attempted = Extract<DeliverMailOutcome, { settled: boolean }>;

const attemptLines = (deliveryId: DeliveryId, attempted: Attempted): readonly LogLine[] => {
  const { outcome, settled, error } = attempted;
  const { requestId, kind, attempt, messageId } = attempted.delivery;
  const { class: sendClass, code, enhancedCode, ms, provider, phase } = attempted.result;
  const row = { deliveryId, requestId, kind, attempt, outcome };

  const line = { event: 'mail.delivery', ...row, class: sendClass, code, enhancedCode, messageId, ms };
  const delivery: LogLine =
    outcome === 'accepted'
      ? ['info', { ...line, provider, phase }, 'the relay accepted a mail']
      : ['warn', { ...line, provider, phase }, 'the relay did not accept a mail'];
  if (settled) return [delivery];

  // The relay may have the mail although the row does not record it. The lease expires, and the same mail is sent again.
  const unsettled = { event: 'mail.unsettled', ...row };
  return [
    delivery,
    error === undefined
      ? ['info', unsettled, 'the lease was lost during the attempt']
      : ['warn', { ...unsettled, err: error }, 'the result of an attempt could not be saved'],
  ];
};
