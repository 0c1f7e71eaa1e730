export { adviceFor, field } from './env/field.ts';
export {
  base64Key,
  choice,
  decodeKey,
  duration,
  integer,
  type Limit,
  limit,
  list,
  port,
  text,
} from './env/fields.ts';
export { hostCollections } from './env/host-collections.ts';
export { type Mode, modeOf, type RawEnv } from './env/mode.ts';
export { type ParsedEnv, parseEnv } from './env/parse-env.ts';
export { engineFields, flowFields, hostFields, LOG_LEVELS, processFields } from './env/shared-fields.ts';
export { mongoUrl, redisUrl, smtpUrls, webUrl } from './env/urls.ts';
export { ConfigError, EngineError } from './errors.ts';
export {
  type CheckState,
  createHealth,
  type Health,
  type HealthCheck,
  type HealthReport,
} from './health/health.ts';
export { createHealthListener, startHealthServer } from './health/health-server.ts';
export { type RunningServer, startHttpServer } from './http/http-server.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './log/logger.ts';
export { REDACTED, scrubText } from './log/scrub.ts';
export { type LoggedError, serializeError } from './log/serialize-error.ts';
export { createHttpMetrics } from './metrics/http-metrics.ts';
export { createMetrics, LATENCY_BUCKETS, type Metrics } from './metrics/metrics.ts';
export { startMetricsServer } from './metrics/metrics-server.ts';
export { EXIT, type ExitCode } from './process/exit-codes.ts';
export { type MainContext, runMain } from './process/run-main.ts';
export { createShutdown, type Shutdown, type StopStep } from './process/shutdown.ts';
export { waitForEngine } from './process/wait-for-engine.ts';
