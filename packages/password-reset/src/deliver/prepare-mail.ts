import type { DeliveryReason, DeliveryRow } from '../model/delivery.ts';
import { whyVoid } from '../parts/account.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { hashToken, resetLink, type TokenKeys } from '../parts/token.ts';
import type { MailContent, Mailer, MailMessage } from '../ports/mail.ts';
import type { Repositories } from '../ports/store.ts';

export interface PrepareMailDeps {
  readonly store: Pick<Repositories, 'requests' | 'tokens' | 'users'>;
  readonly keys: TokenKeys;
  readonly identifiers: Identifiers;
  readonly mailer: Pick<Mailer, 'messageId' | 'templateVersion' | 'chooseLocale'>;
  /** PUBLIC_WEB_URL. Never taken from a Host header, because the client chooses that header (decision 10). */
  readonly publicWebUrl: string;
}

export type PreparedMail =
  | { readonly outcome: 'ready'; readonly message: MailMessage }
  | {
      readonly outcome: 'never';
      readonly state: 'suppressed' | 'expired' | 'dead';
      readonly reason: DeliveryReason;
    }
  | { readonly outcome: 'not_mine'; readonly kid: string };

export type PrepareMail = (row: DeliveryRow, now: Date) => Promise<PreparedMail>;

/** Decides whether a delivery may still leave, and prepares its mail, which is the same every time. */
export const createPrepareMail =
  ({ store, keys, identifiers, mailer, publicWebUrl }: PrepareMailDeps): PrepareMail =>
  async (row, now) => {
    if (row.to === null) return { outcome: 'never', state: 'suppressed', reason: 'no_recipient' };
    if (row.deadline <= now) {
      return { outcome: 'never', state: row.state === 'ambiguous' ? 'dead' : 'expired', reason: 'deadline' };
    }

    const content = row.kind === 'password-reset' ? await resetContent(row) : changedContent(row);
    if ('outcome' in content) return content;
    return {
      outcome: 'ready',
      message: {
        deliveryId: row.deliveryId,
        to: row.to,
        name: row.name,
        locale: mailer.chooseLocale([row.locale]),
        templateVersion: row.templateVersion ?? mailer.templateVersion,
        messageId: row.messageId ?? mailer.messageId(row.deliveryId),
        date: row.date,
        boundary: row.boundary,
        content,
      },
    };

    async function resetContent(delivery: DeliveryRow): Promise<MailContent | PreparedMail> {
      const never = (reason: DeliveryReason): PreparedMail => ({
        outcome: 'never',
        state: 'suppressed',
        reason,
      });
      const request = await store.requests.find(delivery.requestId);
      if (request?.state !== 'minted') return never(`request_${request?.state ?? 'gone'}`);
      const { requestId, seed, kid } = request;
      if (!seed || !kid) return never('seed_erased');

      const token = keys.derive({ kid, purpose: 'password-reset', requestId, seed });
      if (!token) return { outcome: 'not_mine', kid };
      const stored = await store.tokens.find(hashToken(token));
      // Another worker has another key under the same kid. A mail with this key would hold a link that does not work.
      if (!stored) return { outcome: 'not_mine', kid };
      if (stored.redeemedAt || stored.voidedAt) return never(stored.voidReason ?? 'link_redeemed');

      const reason = whyVoid(stored, await store.users.findById(delivery.userId), identifiers);
      if (reason) return never(reason);
      return {
        kind: 'password-reset',
        link: resetLink(publicWebUrl, token),
        expiresAt: stored.expiresAt,
        // Counted from the delivery's date, because `credentialsAsOf` may be wrong when the host's clock is.
        ttlMinutes: Math.max(1, Math.round((stored.expiresAt.getTime() - delivery.date.getTime()) / 60_000)),
      };
    }
  };

const changedContent = (row: DeliveryRow): MailContent => ({
  kind: 'password-changed',
  changedAt: row.occurredAt,
});
