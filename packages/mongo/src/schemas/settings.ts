import { Schema } from 'mongoose';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_settings`: the settings of an app's latest start that both apps must have alike. Holds no secret. */
export interface SettingsDoc {
  /** The app: `api` or `worker`. */
  _id: string;
  startedAt: Date;
  /** The values by the name of their environment variable. */
  values: Record<string, string | number>;
}

/** The settings of an app's latest start. */
export const settingsSchema = new Schema<SettingsDoc>(
  {
    _id: { type: String, required: true },
    startedAt: { type: Date, required: true },
    values: { type: Schema.Types.Mixed, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_settings' },
);
