// Settings of limits.

import { number, type SettingRows } from '../setting.ts'

export const LIMITS = {
  rateLimitPerMinute: number(
    'API_RATE_LIMIT_PER_MINUTE',
    100,
    [1, 10_000_000],
    'Requests per minute of one API key.',
  ),
  sessionRateLimitPerMinute: number(
    'SESSION_RATE_LIMIT_PER_MINUTE',
    600,
    [1, 10_000_000],
    'Requests per minute of one signed-in person.',
  ),
  workspaceRateLimitPerMinute: number(
    'WORKSPACE_RATE_LIMIT_PER_MINUTE',
    0,
    [0, 100_000_000],
    'Requests per minute of all keys of one workspace together; 0 means no limit.',
  ),
  maxBatchRecords: number('MAX_BATCH', 60, [1, 200], 'Maximum number of records in one batch.'),
  maxConcurrentStatements: number(
    'WORKSPACE_MAX_STATEMENTS',
    4,
    [1, 64],
    'Slow statements of one workspace that run at the same time; others wait.',
  ),
  requestTimeoutMs: number(
    'REQUEST_TIMEOUT_MS',
    15_000,
    [100, 600_000],
    'Milliseconds after which Postgres cancels a statement.',
  ),
  bodyLimitBytes: number(
    'BODY_LIMIT_BYTES',
    1_048_576,
    [1024, 104_857_600],
    'Maximum size of a request body in bytes, after decompression.',
  ),
  maxStreams: number(
    'MAX_STREAMS',
    1_000,
    [0, 100_000],
    'Maximum number of open change streams of a gateway.',
  ),
  maxStreamsPerCaller: number(
    'MAX_STREAMS_PER_KEY',
    20,
    [0, 100_000],
    'Maximum number of open change streams of one key or one person at a gateway.',
  ),
  maxWebhooks: number('MAX_WEBHOOKS', 100, [0, 10_000], 'Maximum number of webhooks of a workspace.'),
} as const satisfies SettingRows
