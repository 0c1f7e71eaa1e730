/**
 * The words of the flow: rows as the core sees them. Adapters translate to and from their own storage; nothing here knows
 * how a row is kept. All dates are UTC instants.
 */

declare const brand: unique symbol;
/** A string that no other kind of id passes for. A string without a kind does: what comes over a wire or out of a row has none. */
type Id<Kind extends string> = string & { readonly [brand]?: Kind };

/** 128 random bits as 32 lower-case hex digits. Random, so it can be a shard key and tells nothing about volume. */
export type RequestId = Id<'RequestId'>;
/** `<requestId>:<kind>`. */
export type DeliveryId = Id<'DeliveryId'>;
/** Opaque to the core: the host's `_id` in a form that the adapter can turn back into the stored value. */
export type UserId = Id<'UserId'>;
/** SHA-256 of the raw token, 64 lower-case hex digits. */
export type TokenHash = Id<'TokenHash'>;
