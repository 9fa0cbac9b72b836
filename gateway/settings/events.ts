// Settings of changes, webhooks and retention.

import { allowedHostsIn, integer, isProxyUrl, matching, number, oneOf, type SettingRows } from '../setting.ts'

export const EVENTS = {
  capture: {
    variable: 'CAPTURE',
    defaultText: 'on',
    accepts: 'on or demand',
    meaning:
      'Whether the changes of all tables are logged, or only those of workspaces and objects with capture or history on.',
    parse: oneOf(['on', 'demand'] as const),
    absent: 'on',
  },
  feedRetentionDays: number('FEED_RETENTION_DAYS', 7, [1, 365], 'Days that the change feed is kept.'),
  feedMaxMb: number(
    'FEED_MAX_MB',
    0,
    [0, 10_000_000],
    'Size of the change feed in MB beyond which its oldest day is dropped early; 0 means no limit.',
  ),
  outboundAllowedHosts: {
    variable: 'OUTBOUND_ALLOWED_HOSTS',
    defaultText: null,
    accepts: 'names, addresses or CIDRs separated by commas',
    meaning:
      'Private hosts that webhooks may call. Link-local addresses, the database, Redis and the gateway itself stay blocked.',
    parse: allowedHostsIn,
    absent: [],
  },
  outboundProxy: {
    variable: 'OUTBOUND_PROXY',
    defaultText: null,
    accepts: 'an http:// or https:// URL, with special characters of the password percent-encoded',
    meaning: 'Forward proxy for webhooks, so that requests come from its addresses.',
    isSecret: true,
    parse: matching(isProxyUrl),
    absent: null,
  },
  auditDays: {
    variable: 'AUDIT_RETENTION_DAYS',
    defaultText: null,
    accepts: 'an integer from 30 to 36500',
    meaning:
      'Days that the audit log is kept, and ended keys are listed. Default: 400; an upgraded installation keeps its whole audit log.',
    parse: integer(30, 36_500),
    absent: null,
  },
  graceDays: number('WORKSPACE_GRACE_DAYS', 7, [0, 365], 'Days that a deleted workspace can be restored.'),
} as const satisfies SettingRows
