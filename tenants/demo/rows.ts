// All demo records by table, in an order in which they can be inserted.

import { companyRows, memberRows, opportunityRows, personRows } from './customerRows.ts'
import type { Random } from './random.ts'
import type { DemoRow } from './record.ts'
import { noteRows, targetRows, taskRows, timelineRows } from './workRows.ts'

export interface TableRows {
  readonly table: string
  readonly rows: readonly DemoRow[]
}

export const demoRows = (random: Random, now: Date): readonly TableRows[] => {
  const memberTable = memberRows(random, now)
  const members = memberTable.map((row) => ({
    id: row.id,
    name: `${row.name_first_name} ${row.name_last_name}`,
  }))
  const companies = companyRows(random, now, members)
  const people = personRows(random, now, members, companies)
  const opportunities = opportunityRows(random, now, members, companies, people)
  const notes = noteRows(random, now, members)
  const tasks = taskRows(random, now, members)
  return [
    { table: 'workspace_member', rows: memberTable },
    { table: 'company', rows: companies.map(({ place: _place, slug: _slug, ...row }) => row) },
    { table: 'person', rows: people },
    { table: 'opportunity', rows: opportunities },
    { table: 'note', rows: notes },
    { table: 'note_target', rows: targetRows(random, now, members, notes, 'note_id', opportunities) },
    { table: 'task', rows: tasks },
    { table: 'task_target', rows: targetRows(random, now, members, tasks, 'task_id', opportunities) },
    { table: 'timeline_activity', rows: timelineRows(random, opportunities) },
  ]
}
