/** 128 random bits as 32 lower-case hex digits. Random, so it can be a shard key and tells nothing about volume. */
export type RequestId = string;

/** `<requestId>:<kind>`. */
export type DeliveryId = string;

/** Opaque to the core: the host's `_id` in a form that the adapter can turn back into the stored value. */
export type UserId = string;

/** SHA-256 of the raw token, 64 lower-case hex digits. */
export type TokenHash = string;
