// Columns that all demo records have: base columns and dates.

import type { Random } from './random.ts'

/**
 * A row with the column names of its table (snake_case), including the id, so that rows can refer to each
 * other.
 */
export type DemoRow = Readonly<Record<string, unknown>> & { readonly id: string }

export interface DemoActor {
  readonly id: string
  readonly name: string
}

const DAY_MS = 86_400_000

/** Creation time, author and source of every record. */
export const base = (random: Random, now: Date, by: DemoActor, sinceDays = 400) => {
  const created = new Date(now.getTime() - Math.floor((0.5 + random.fraction() * sinceDays) * DAY_MS))
  const updated = new Date(
    created.getTime() + Math.floor(random.fraction() * (now.getTime() - created.getTime())),
  )
  const source = random.pick(['MANUAL', 'MANUAL', 'IMPORT', 'API'])
  return {
    id: random.uuid(created),
    created_at: created.toISOString(),
    updated_at: updated.toISOString(),
    created_by_source: source,
    created_by_workspace_member_id: by.id,
    created_by_name: by.name,
    updated_by_source: source,
    updated_by_workspace_member_id: by.id,
    updated_by_name: by.name,
  }
}

export const dayFrom = (now: Date, days: number): string =>
  new Date(now.getTime() + days * DAY_MS).toISOString()
