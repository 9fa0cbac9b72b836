// A log that keeps what it is told, for tests that assert on it and silence for those that do not.

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
