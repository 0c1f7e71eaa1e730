export { engineFields, flowFields, hostFields, processFields } from './fields.ts';
export { type HostCollections, hostCollections } from './host-collections.ts';
export { isMailAddress, type MailFrom, mailFrom } from './mail-from.ts';
export { guardedMetrics } from './metrics-token.ts';
export { overlappingFields } from './overlapping-fields.ts';
export { sharedSettings } from './shared-settings.ts';
export { parseSmtpUrl, type SmtpEndpoint } from './smtp-url.ts';
export { smtpUrls, webUrl } from './urls.ts';
