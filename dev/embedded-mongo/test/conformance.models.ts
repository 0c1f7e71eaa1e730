import { type Connection, Schema } from 'mongoose';

/** Schemas like those of an application: unique, partial, TTL and compound indexes, maps, sub-documents. */
export const createModels = (connection: Connection) => {
  const userSchema = new Schema(
    {
      email: { type: String, required: true, lowercase: true, trim: true, unique: true },
      passwordHash: { type: String, required: true },
      name: String,
      phone: { type: String },
      loginCount: { type: Number, default: 0 },
      roles: { type: [String], default: ['user'] },
      passwordHistory: [{ hash: String, at: Date }],
      meta: { type: Map, of: String },
    },
    { timestamps: true, optimisticConcurrency: true },
  );
  userSchema.index({ phone: 1 }, { unique: true, partialFilterExpression: { phone: { $type: 'string' } } });

  const tokenSchema = new Schema(
    {
      userId: { type: Schema.Types.ObjectId, ref: 'User', required: true, index: true },
      tokenHash: { type: String, required: true, unique: true },
      hashBin: Buffer,
      status: { type: String, enum: ['active', 'used', 'revoked'], default: 'active' },
      attempts: { type: Number, default: 0 },
      expiresAt: { type: Date, required: true },
      redeemedAt: { type: Date, default: null },
    },
    { timestamps: true },
  );
  tokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  tokenSchema.index(
    { userId: 1, status: 1 },
    { unique: true, partialFilterExpression: { status: 'active' } },
  );

  const deliverySchema = new Schema(
    {
      tokenId: { type: Schema.Types.ObjectId, index: true },
      to: String,
      state: { type: String, default: 'queued' },
      attempts: [{ at: Date, ok: Boolean, error: String }],
    },
    { timestamps: true },
  );
  const auditSchema = new Schema(
    {
      userId: Schema.Types.ObjectId,
      event: { type: String, index: true },
      ip: String,
      at: { type: Date, default: Date.now },
    },
    { versionKey: false },
  );

  return {
    User: connection.model('User', userSchema),
    Token: connection.model('ResetToken', tokenSchema),
    Delivery: connection.model('Delivery', deliverySchema),
    Audit: connection.model('Audit', auditSchema),
  };
};

export type Models = ReturnType<typeof createModels>;
