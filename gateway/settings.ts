// The settings: one table for parsing (config.ts) and docs/configuration.md. Each row has the variable, the
// accepted values, the meaning and the default. secretKey.ts supplies a missing SECRET_KEY.

import { EVENTS } from './settings/events.ts'
import { LIMITS } from './settings/limits.ts'
import { OPERATION } from './settings/operation.ts'
import { SERVER } from './settings/server.ts'
import { STORES } from './settings/stores.ts'

export const SETTINGS = { ...SERVER, ...STORES, ...LIMITS, ...EVENTS, ...OPERATION } as const
