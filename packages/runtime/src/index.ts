export {
  CLOCK_OFF_MS,
  CLOCK_REFUSED_MS,
  CLOCK_REMEDY,
  compareClocks,
  startDatabaseClock,
  watchClock,
} from './clock/database-clock.ts';
export { field } from './env/field.ts';
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
export { type Mode, modeOf, type RawEnv } from './env/mode.ts';
export { allRules, type ParsedEnv, parseEnv, type Rule } from './env/parse-env.ts';
export { ConfigError, EngineError } from './errors.ts';
export {
  createHealth,
  type Health,
} from './health/health.ts';
export { createHealthListener, startHealthServer } from './health/health-server.ts';
export { drain } from './http/drain.ts';
export { type RunningServer, startHttpServer } from './http/http-server.ts';
export { isLoopback } from './http/loopback.ts';
export { createLogger, LOG_LEVELS, type Log, type Logger, silentLog } from './log/logger.ts';
export { createRegistry, LATENCY_BUCKETS } from './metrics/create-registry.ts';
export { createHttpMetrics } from './metrics/http-metrics.ts';
export { startMetricsServer } from './metrics/metrics-server.ts';
export { assertNoCluster } from './process/assert-no-cluster.ts';
export { EXIT } from './process/exit-codes.ts';
export { type MainContext, runMain } from './process/run-main.ts';
export { waitForEngine } from './process/wait-for-engine.ts';
