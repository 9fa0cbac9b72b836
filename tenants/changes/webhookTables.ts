/** Where webhooks and their deliveries are stored: the ones of workspaces and of operators are apart. */
export interface WebhookTables {
  readonly webhooks: string
  readonly deliveries: string
  /** The position in the feed. */
  readonly feed: string
  /** A part of names of prepared statements. */
  readonly name: string
}

export const OF_WORKSPACES: WebhookTables = {
  webhooks: 'tenantry.webhooks',
  deliveries: 'tenantry_runtime.deliveries',
  feed: 'tenantry_runtime.webhook_feed',
  name: 'tenantry',
}

export const OF_OPERATORS: WebhookTables = {
  webhooks: 'tenantry.operator_webhooks',
  deliveries: 'tenantry_runtime.operator_deliveries',
  feed: 'tenantry_runtime.operator_webhook_feed',
  name: 'tenantry_operator',
}
