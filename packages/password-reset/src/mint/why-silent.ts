import type { DeliveryState } from '../model/delivery.ts';
import { DELIVERY_END_STATES } from '../model/delivery.ts';
import type { SilenceReason } from '../model/request.ts';
import { MAX_LIVE_LINKS } from '../parts/token.ts';

/** For so many links in a day only the account limit applies; after them {@link PAUSE_MS} applies as well (decision 39). */
export const LINKS_A_DAY = 12;
/** Length in milliseconds of the day of {@link LINKS_A_DAY}, which ends now. */
export const DAY_MS = 24 * 60 * 60_000;
/** After {@link LINKS_A_DAY} links the account gets at most one mail in this time (milliseconds), whatever RESET_LINK_TTL is. */
export const PAUSE_MS = 30 * 60_000;
/** After so many refused mails in a row an account over its limit gets at most one mail in {@link PAUSE_MS}. */
export const REFUSALS = 3;

/**
 * A link that ends earlier than this (milliseconds) is no reason for silence, because its owner may only now look for the mail
 * (decision 32).
 */
const LASTING_MS = 5 * 60_000;

/** One link of the account. */
export interface LinkSeen {
  readonly madeAt: Date;
  readonly expiresAt: Date;
  /** Whether it could be redeemed now. */
  readonly live: boolean;
  /** The state of its mail; undefined when that is unknown. */
  readonly mail: DeliveryState | undefined;
}

export interface WhySilentInput {
  /** The API's verdict: whether the account is over its limit. */
  readonly overLimit: boolean;
  /** Newest first: all live links, and all links of a day. */
  readonly links: readonly LinkSeen[];
  readonly now: Date;
  readonly linkTtlMs: number;
}

/**
 * Why a request sends nothing; undefined when a link may be minted. Strangers must neither flood a mailbox nor keep its owner
 * from recovering the account. So an account over its limit gets no mail while it has an open link that still lasts. After twelve
 * links in a day at most one mail leaves in 30 minutes, and an owner without a link waits no longer than that.
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

/** Whether the account has had {@link LINKS_A_DAY} links in a day. Every link counts, whatever its state and that of its mail. */
export const hasManyToday = (links: readonly Pick<LinkSeen, 'madeAt'>[], now: Date): boolean =>
  links.filter(({ madeAt }) => now.getTime() - madeAt.getTime() < DAY_MS).length >= LINKS_A_DAY;

export const isRecent = ({ madeAt }: Pick<LinkSeen, 'madeAt'>, now: Date): boolean =>
  now.getTime() - madeAt.getTime() < PAUSE_MS;

/** Whether the mail has arrived or is still on its way. */
const mayArrive = (mail: DeliveryState | undefined): boolean =>
  mail === 'accepted' || (mail !== undefined && !DELIVERY_END_STATES.some((end) => end === mail));

/**
 * Whether a copy of the mail may have arrived. For a delivery that is `dead`, or that has no row, this is unknown, so it counts
 * as well.
 */
const mayHaveArrived = (mail: DeliveryState | undefined): boolean =>
  mail !== 'failed' && mail !== 'suppressed' && mail !== 'expired';
