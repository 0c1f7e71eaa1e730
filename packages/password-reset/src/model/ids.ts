/**
 * The rows of the flow as the core sees them. Adapters translate them to and from their own storage; nothing here depends on how
 * a row is stored. All dates are UTC instants.
 */

declare const brand: unique symbol;
/**
 * A string type for one kind of id; ids of another kind are refused. A plain string is accepted, because ids from the network or
 * from a row have no kind.
 */
type Id<Kind extends string> = string & { readonly [brand]?: Kind };

/**
 * 128 random bits as 32 lower-case hex digits. Because it is random, it can be a shard key and does not reveal how many requests
 * there are.
 */
export type RequestId = Id<'RequestId'>;
/** `<requestId>:<kind>`. */
export type DeliveryId = Id<'DeliveryId'>;
/** Opaque to the core: the `_id` of the host's user, in a form that the adapter can turn back into the stored value. */
export type UserId = Id<'UserId'>;
/** SHA-256 of the raw token, 64 lower-case hex digits. */
export type TokenHash = Id<'TokenHash'>;
