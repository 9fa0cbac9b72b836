// Labels of the permission flags.

import type { PermissionFlag } from '../../../tenants/permission/flag.ts'

/** Where the flag's name in lower case does not read well. */
const LABELS: Partial<Readonly<Record<PermissionFlag, string>>> = {
  API_KEYS_AND_WEBHOOKS: 'API keys and webhooks',
  SSO_BYPASS: 'SSO bypass',
  AI_SETTINGS: 'AI settings',
  AI: 'AI',
  HTTP_REQUEST_TOOL: 'HTTP request tool',
  IMPORT_CSV: 'Import CSV',
  EXPORT_CSV: 'Export CSV',
}

export const labelOfFlag = (flag: PermissionFlag): string => {
  const words = flag.toLowerCase().replaceAll('_', ' ')
  return LABELS[flag] ?? words.charAt(0).toUpperCase() + words.slice(1)
}
