import { Schema } from 'mongoose';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_settings`: what an app was started with last, as far as both must agree on it. Nothing secret. */
export interface SettingsDoc {
  /** The app: `api` or `worker`. */
  _id: string;
  startedAt: Date;
  /** By the name of the variable. */
  values: Record<string, string | number>;
}

/** What an app was started with. */
export const settingsSchema = new Schema<SettingsDoc>(
  {
    _id: { type: String, required: true },
    startedAt: { type: Date, required: true },
    values: { type: Schema.Types.Mixed, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_settings' },
);
