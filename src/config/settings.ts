/**
 * Every variable the service understands, in one table; adding a setting is adding one line here.
 * Flow:  process environment -> load-config.ts over this table -> Config -> each room's own options
 * Units: in the name where it is a quantity (`...Ms`, `...Bytes`).
 */
import { parseAuthTokens } from './auth-tokens.ts';
import { parseEncryptionKeys } from './encryption-keys.ts';
import { retentionSettings } from './retention-settings.ts';
import { sandboxSettings } from './sandbox-settings.ts';
import { address, integer, intervals, list, number, oneOf, secret, secretOf, text, urls } from './setting.ts';

const DAY_MS = 86_400_000;

export const settings = {
  service: {
    environment: oneOf('NODE_ENV', ['development', 'test', 'production'], {
      default: 'development',
      about: 'production refuses development tokens',
    }),
    logLevel: oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      default: 'info',
      about: 'least severe log line that is written',
    }),
    version: text('VERSION', { default: 'dev', about: 'release that runs, shown in metrics and health' }),
    commit: text('COMMIT', { default: 'unknown', about: 'source revision that runs' }),
    color: text('DEPLOYMENT_COLOR', {
      default: 'none',
      about: 'deployment colour (blue, green), shown in health',
    }),
    uid: integer('EXPECTED_UID', {
      default: undefined,
      min: 1,
      max: 65_535,
      unit: 'uid',
      about: 'user the process must run as; absent: any but root',
    }),
    dataDir: text('DATA_DIR', { default: '.data', unit: 'path', about: 'folder of the embedded store' }),
  },
  http: {
    host: text('HOST', { default: '0.0.0.0', about: 'address the API listens on' }),
    port: integer('PORT', { default: '8080', min: 0, max: 65535, unit: 'port', about: 'port of the API' }),
    metricsPort: integer('METRICS_PORT', {
      default: '9090',
      min: 0,
      max: 65535,
      unit: 'port',
      about: 'port of /metrics; the same as PORT serves it there',
    }),
    tlsCertFile: text('TLS_CERT_FILE', {
      default: undefined,
      unit: 'path',
      about: 'certificate chain (PEM); set with TLS_KEY_FILE to serve HTTPS',
    }),
    tlsKeyFile: text('TLS_KEY_FILE', { default: undefined, unit: 'path', about: 'private key (PEM)' }),
    tlsTermination: oneOf('TLS_TERMINATION', ['none', 'gateway'], {
      default: 'none',
      about: 'gateway: a gateway or mesh in front encrypts all traffic to this port',
    }),
    bodyLimitBytes: integer('BODY_LIMIT', {
      default: '1048576',
      min: 1_024,
      max: 67_108_864,
      unit: 'bytes',
      about: 'largest request body',
    }),
    requestTimeoutMs: integer('REQUEST_TIMEOUT_MS', {
      default: '10000',
      min: 100,
      max: 120_000,
      unit: 'ms',
      about: 'longest time to receive a request, and again to answer it',
    }),
    rateLimitPerSecond: integer('RATE_LIMIT_PER_SECOND', {
      default: '10000',
      min: 1,
      max: 1_000_000,
      unit: 'weight/s',
      about: 'request weight per caller and second; five seconds of it may come at once',
    }),
    drainMs: integer('DRAIN_MS', {
      default: '5000',
      min: 0,
      max: 120_000,
      unit: 'ms',
      about: 'how long to keep serving, unready, after SIGTERM',
    }),
    shutdownTimeoutMs: integer('SHUTDOWN_TIMEOUT_MS', {
      default: '30000',
      min: 100,
      max: 300_000,
      unit: 'ms',
      about: 'hard limit of a stop, the drain included',
    }),
  },
  auth: {
    tokens: secretOf('AUTH_TOKENS', 'list of name:scope+scope:token', parseAuthTokens, {
      about: 'static bearer tokens; scopes read, write, admin, audit',
    }),
    devToken: secret('BVAR_DEV_TOKEN', {
      about: 'token with every scope for development; refused in production',
    }),
  },
  market: {
    symbols: list('SYMBOLS', {
      default: 'BTCUSDT,ETHUSDT,SOLUSDT',
      pattern: '^[A-Z0-9]{5,20}$',
      unit: 'list of symbols',
      maxItems: 100,
      about: 'symbols to follow',
    }),
    accountCurrency: text('ACCOUNT_CURRENCY', {
      default: 'USDT',
      pattern: '^[A-Z0-9]{2,10}$',
      about: 'currency of every money figure; each symbol must be quoted in it',
    }),
    barIntervalsMs: intervals('BAR_INTERVALS', {
      default: '5m,1h,1d',
      about: 'bars the models run on',
    }),
    barVarianceFrom: oneOf('BAR_VARIANCE_FROM', ['mid', 'trades'], {
      default: 'mid',
      about: 'what realised variance is taken from; trades give every replica the same digits',
    }),
    staleAfterMs: integer('STALE_AFTER_MS', {
      default: '10000',
      min: 100,
      max: DAY_MS,
      unit: 'ms',
      about: 'age of a price from which answers are marked stale',
    }),
    maxStaleMs: integer('MAX_STALE_MS', {
      default: '300000',
      min: 1_000,
      max: DAY_MS,
      unit: 'ms',
      about: 'age of a price from which no answer is given',
    }),
  },
  binance: {
    wsUrls: urls('BINANCE_WS_URL', ['ws', 'wss'], {
      default: 'wss://data-stream.binance.vision,wss://stream.binance.com:443,wss://stream.binance.com:9443',
      about: 'WebSocket hosts, tried in turn',
    }),
    restUrls: urls('BINANCE_REST_URL', ['http', 'https'], {
      default: 'https://data-api.binance.vision,https://api.binance.com',
      about: 'REST hosts, tried in turn',
    }),
    apiKey: secret('BINANCE_API_KEY', {
      about:
        'with BINANCE_SECRET_KEY: the account is read as the book `account`; a key that can do more is refused',
    }),
    secretKey: secret('BINANCE_SECRET_KEY', {
      about: 'signs reads of the account (HMAC secret or Ed25519 private key); market data is not signed',
    }),
    accountUrl: address('BINANCE_ACCOUNT_URL', ['http', 'https'], {
      default: 'https://api.binance.com',
      about: 'host that the account is read from, where a key is set',
    }),
    tradeStream: oneOf('TRADE_STREAM', ['aggTrade', 'trade'], {
      default: 'aggTrade',
      about: 'which trade stream is followed',
    }),
  },
  model: {
    particles: integer('PARTICLES', {
      default: '1024',
      min: 64,
      max: 65_536,
      unit: 'particles',
      about: 'posterior particles per model',
    }),
    workerThreads: integer('WORKER_THREADS', {
      default: undefined,
      min: 1,
      max: 64,
      unit: 'threads',
      about: 'threads that answer; absent: one less than the processors at hand',
    }),
    inferenceThreads: integer('INFERENCE_THREADS', {
      default: undefined,
      min: 1,
      max: 64,
      unit: 'threads',
      about: 'threads that fit and update, idle ones beyond the first leave; absent: the processors at hand',
    }),
    valuationQueueLimit: integer('VALUATION_QUEUE_LIMIT', {
      default: '512',
      min: 1,
      max: 100_000,
      unit: 'answers',
      about: 'answers that may wait for a thread; more are refused at once',
    }),
    valuationDeadlineMs: integer('VALUATION_DEADLINE_MS', {
      default: '5000',
      min: 50,
      max: 120_000,
      unit: 'ms',
      about: 'longest time for one valuation, its wait for a thread included',
    }),
    seed: integer('SEED', {
      default: '1',
      min: 0,
      max: 4_294_967_295,
      unit: '',
      about: 'seed of every random stream; equal seeds and bars give equal answers',
    }),
    retrainIntervalMs: integer('RETRAIN_INTERVAL_MS', {
      default: '86400000',
      min: 1_000,
      max: 30 * DAY_MS,
      unit: 'ms',
      about: 'time between scheduled retrainings',
    }),
    retrainCooldownMs: integer('RETRAIN_COOLDOWN_MS', {
      default: '3600000',
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      about: 'least time between two retrainings of one model that no person asked for',
    }),
  },
  sandbox: sandboxSettings,
  store: {
    databaseUrl: secret('DATABASE_URL', {
      check: (value) => {
        if (!/^postgres(ql)?:\/\/./.test(value) || !URL.canParse(value))
          throw new Error(
            'must be a postgres:// URL; special characters of the password are percent-encoded',
          );
      },
      about: 'PostgreSQL; absent: the embedded store in DATA_DIR',
    }),
    databaseTlsCaFile: text('DATABASE_TLS_CA_FILE', {
      default: undefined,
      unit: 'path',
      about: 'certificate authority of the database (PEM)',
    }),
    databasePoolSize: integer('DATABASE_POOL_SIZE', {
      default: '8',
      min: 1,
      max: 100,
      unit: 'connections',
      about: 'database connections per process',
    }),
    encryptionKeys: secretOf('ENCRYPTION_KEYS', 'list of id:base64', parseEncryptionKeys, {
      aliases: ['ENCRYPTION_KEY'],
      about: '32-byte keys for data at rest, the newest first; older ones only read',
    }),
  },
  retention: retentionSettings,
  compliance: {
    primeDirective: oneOf('PRIME_DIRECTIVE', ['report', 'enforce'], {
      default: 'report',
      about: 'enforce refuses answers that break a rule; report only says so',
    }),
    auditSampleRatio: number('AUDIT_SAMPLE', {
      default: '1',
      min: 0,
      max: 1,
      unit: 'ratio',
      about:
        'share of VaR answers with an audit entry each; below 1 a digest a second covers all, with some lineage ids',
    }),
  },
  telemetry: {
    otlpEndpoint: address('OTEL_EXPORTER_OTLP_ENDPOINT', ['http', 'https'], {
      default: undefined,
      about: 'collector for traces (OTLP over HTTP); absent: tracing is off',
    }),
    slackWebhookUrl: secret('SLACK_WEBHOOK_URL', { about: 'used by the deployment scripts' }),
    pagerdutyApiKey: secret('PAGERDUTY_API_KEY', { about: 'used by the deployment scripts' }),
    pagerdutyServiceId: text('PAGERDUTY_SERVICE_ID', {
      default: undefined,
      about: 'used by the deployment scripts',
    }),
  },
} as const;
