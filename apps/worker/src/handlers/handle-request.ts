import type { ProcessRequestOutcome, RequestId } from '@latchkey/password-reset';
import type { HandlerResult, QueuedJob } from '@latchkey/queue';
import type { WorkerMetrics } from '../metrics.ts';
import type { LogLine, WorkerLog } from './log-line.ts';

export interface RequestHandlerDeps {
  readonly processRequest: (input: { requestId: RequestId }) => Promise<ProcessRequestOutcome>;
  readonly log: WorkerLog;
  readonly metrics: Pick<WorkerMetrics, 'requests'>;
}

/** Handles one job of a request: calls the core, counts and logs the result. */
export const createRequestHandler =
  ({ processRequest, log, metrics }: RequestHandlerDeps) =>
  async ({ id: requestId }: QueuedJob): Promise<HandlerResult> => {
    const result = await processRequest({ requestId });
    metrics.requests.inc({ outcome: outcomeLabel(result.outcome) });
    const [level, fields, message] = lineFor(requestId, result);
    log[level](fields, message);

    return result.outcome === 'not_due' ? { kind: 'later', at: result.at } : { kind: 'done' };
  };

/** Log and audit tell why a request ended without a mail. Metrics do not, because more people can read them. */
const outcomeLabel = (outcome: ProcessRequestOutcome['outcome']): string =>
  outcome === 'no_account' || outcome === 'ineligible' || outcome === 'over_limit' ? 'settled' : outcome;

const KEYS_DIFFER =
  'a link was minted that may not open: the API that took this request had another IDENTIFIER_HMAC_KEY than this worker';

const lineFor = (requestId: RequestId, result: ProcessRequestOutcome): LogLine => {
  const { outcome } = result;
  const line = { event: 'request.processed', requestId, outcome };

  switch (outcome) {
    case 'minted':
      return result.keysDiffer
        ? ['warn', { ...line, deliveryId: result.deliveryId, keysDiffer: true }, KEYS_DIFFER]
        : ['info', { ...line, deliveryId: result.deliveryId }, 'a link was minted'];
    case 'ineligible':
    case 'over_limit':
      return ['info', { ...line, reason: result.reason }, 'the account gets no link'];
    case 'no_account':
      return ['info', line, 'no account has this address'];
    case 'expired':
      return ['warn', line, 'the request was older than REQUEST_DEADLINE and ended'];
    case 'link_expired':
      return ['info', line, 'an unused link has expired'];
    case 'lost':
      return ['info', { ...line, state: result.state }, 'another worker has the request, or it has ended'];
    case 'not_due':
      return ['debug', { ...line, at: result.at }, 'the request is not due yet'];
    case 'deferred':
      return ['warn', { ...line, at: result.at, err: result.error }, 'the request will be tried again'];
  }
};
