import type { DeliveryState } from '../model/delivery.ts';
import { DELIVERY_END_STATES } from '../model/delivery.ts';
import type { SilenceReason } from '../model/request.ts';
import { MAX_LIVE_LINKS } from '../parts/token.ts';

/** So many links a day are made as freely as the account's limit allows; the next one meets {@link PAUSE_MS}. */
export const LINKS_A_DAY = 12;
/** The day of {@link LINKS_A_DAY}, which ends now. */
export const DAY_MS = 24 * 60 * 60_000;
/** After so many links in a day the account gets one mail in this time, whatever a link's lifetime is. */
export const PAUSE_MS = 30 * 60_000;
/** So many refused mails in a row, and a mailbox is asked once in {@link PAUSE_MS}. */
export const REFUSALS = 3;

/** A link about to end is no help to somebody who only now goes to look for it. */
const LASTING_MS = 5 * 60_000;

/** One of the account's links. */
export interface LinkSeen {
  readonly madeAt: Date;
  readonly expiresAt: Date;
  /** It would work now. */
  readonly live: boolean;
  /** How far its mail is; undefined when that is unknown. */
  readonly mail: DeliveryState | undefined;
}

export interface WhySilentInput {
  /** The API's verdict on the account's limit. */
  readonly overLimit: boolean;
  /** Newest first: all that are live, and those of a day. */
  readonly links: readonly LinkSeen[];
  readonly now: Date;
  readonly linkTtlMs: number;
}

/**
 * Whether a request sends nothing. Strangers must neither flood a mailbox nor keep its owner out, so over the limit an
 * account hears nothing while it has a link with some time left; and after twelve links in a day at most one mail leaves in 30
 * minutes, which is the longest that an owner without a link waits.
 */
export const whySilent = ({
  overLimit,
  links,
  now,
  linkTtlMs,
}: WhySilentInput): SilenceReason | undefined => {
  const open = links.filter(({ live, mail }) => live && mayArrive(mail));
  if (open.length >= MAX_LIVE_LINKS) return 'too_many_live_links';

  const many = hasManyToday(links, now);
  if (!overLimit && !many) return undefined;

  const lastingUntil = now.getTime() + Math.min(LASTING_MS, linkTtlMs / 3);
  if (open.some(({ expiresAt }) => expiresAt.getTime() > lastingUntil)) return 'live_link';

  const recent = links.filter((link) => isRecent(link, now));
  if (many && recent.some(({ mail }) => mayHaveArrived(mail))) return 'recent_mail';

  const last = links.slice(0, REFUSALS);
  const refused = last.length === REFUSALS && last.every(({ mail }) => mail === 'failed');
  return refused && recent.length > 0 ? 'refused_mails' : undefined;
};

/** Every link counts, whatever became of it and of its mail. */
export const hasManyToday = (links: readonly Pick<LinkSeen, 'madeAt'>[], now: Date): boolean =>
  links.filter(({ madeAt }) => now.getTime() - madeAt.getTime() < DAY_MS).length >= LINKS_A_DAY;

export const isRecent = ({ madeAt }: Pick<LinkSeen, 'madeAt'>, now: Date): boolean =>
  now.getTime() - madeAt.getTime() < PAUSE_MS;

/** The mail lies in the mailbox, or is still on its way there. */
const mayArrive = (mail: DeliveryState | undefined): boolean =>
  mail === 'accepted' || (mail !== undefined && !DELIVERY_END_STATES.some((end) => end === mail));

/** Of a mail that was given up nobody knows whether a copy went through; one that nobody has a row of counts as well. */
const mayHaveArrived = (mail: DeliveryState | undefined): boolean =>
  mail !== 'failed' && mail !== 'suppressed' && mail !== 'expired';
