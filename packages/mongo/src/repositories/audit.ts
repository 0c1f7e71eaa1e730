import type { AuditTrail } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { insertRow } from '../insert-row.ts';
import { withoutNulls } from '../nulls.ts';
import type { Run } from '../operation.ts';
import type { AuditDoc } from '../schemas/audit.ts';
import { decodeUserId } from '../user-id.ts';

/** Audit rows in `latchkey_audit`, which are only inserted. */
export const createAuditTrail = ({ model, run }: { model: Model<AuditDoc>; run: Run }): AuditTrail => ({
  record: async ({ userId, ...event }) => {
    const facts = withoutNulls({ ...event, userId: userId === null ? null : decodeUserId(userId) });
    await insertRow({ model, run, row: facts });
  },
});
