export {
  CLOCK_OFF_MS,
  CLOCK_REFUSED_MS,
  CLOCK_REMEDY,
  compareClocks,
  type DatabaseClock,
  startDatabaseClock,
  watchClock,
} from './clock/database-clock.ts';
export { field } from './env/field.ts';
export {
  choice,
  decodeKey,
  duration,
  integer,
  type Limit,
  limit,
  list,
  text,
} from './env/fields.ts';
export { hostCollections } from './env/host-collections.ts';
export { guardedMetrics } from './env/metrics-token.ts';
export { type Mode, modeOf, type RawEnv } from './env/mode.ts';
export { overlappingFields } from './env/overlapping-fields.ts';
export { allRules, type ParsedEnv, parseEnv, type Rule } from './env/parse-env.ts';
export { engineFields, flowFields, hostFields, processFields } from './env/shared-fields.ts';
export { sharedSettings } from './env/shared-settings.ts';
export { smtpUrls, webUrl } from './env/urls.ts';
export { ConfigError, EngineError } from './errors.ts';
export {
  type CheckState,
  createHealth,
  type Health,
  type HealthCheck,
  type HealthReport,
} from './health/health.ts';
export { createHealthListener, startHealthServer } from './health/health-server.ts';
export { drain } from './http/drain.ts';
export { type RunningServer, startHttpServer } from './http/http-server.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './log/logger.ts';
export { createHttpMetrics } from './metrics/http-metrics.ts';
export { createMetrics, LATENCY_BUCKETS, type Metrics } from './metrics/metrics.ts';
export { startMetricsServer } from './metrics/metrics-server.ts';
export { assertNoCluster } from './process/assert-no-cluster.ts';
export { EXIT, type ExitCode } from './process/exit-codes.ts';
export { type MainContext, runMain } from './process/run-main.ts';
export { waitForEngine } from './process/wait-for-engine.ts';
