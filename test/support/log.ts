// A log that keeps its lines, for tests that assert on it and silence for others.

import type { Log } from '../../sql/log.ts'

export interface Entry {
  readonly level: keyof Log
  readonly fields: object
  readonly message: string
}

export const createTestLog = (): Log & { readonly entries: Entry[] } => {
  const entries: Entry[] = []
  const at =
    (level: keyof Log) =>
    (fields: object, message: string): void => {
      entries.push({ level, fields, message })
    }
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
