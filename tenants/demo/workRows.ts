// Demo records about work: notes, tasks, their targets, and the history of deals.

import type { Opportunity } from './customerRows.ts'
import type { Random } from './random.ts'
import { base, type DemoActor, type DemoRow, dayFrom } from './record.ts'
import * as words from './words.ts'

const NOTES = 60
const TASKS = 60

const richText = (text: string) => ({
  body_v2_markdown: text,
  body_v2_blocknote: JSON.stringify([{ type: 'paragraph', content: [{ type: 'text', text, styles: {} }] }]),
})

/** Notes and tasks are about a deal and, mostly, its company or contact too. */
export const targetRows = (
  random: Random,
  now: Date,
  members: readonly DemoActor[],
  sources: readonly DemoRow[],
  sourceColumn: 'note_id' | 'task_id',
  opportunities: readonly Opportunity[],
) =>
  sources.flatMap((source) => {
    const about = random.pick(opportunities)
    const by = random.pick(members)
    const targets = [
      { target_opportunity_id: about.id },
      ...(random.chance(0.7) ? [{ target_company_id: about.company_id }] : []),
      ...(random.chance(0.5) && about.point_of_contact_id !== null
        ? [{ target_person_id: about.point_of_contact_id }]
        : []),
    ]
    return targets.map((target) => ({ ...base(random, now, by, 60), [sourceColumn]: source.id, ...target }))
  })

export const noteRows = (random: Random, now: Date, members: readonly DemoActor[]) =>
  Array.from({ length: NOTES }, () => {
    const [title, body] = random.pick(words.NOTES)
    return { ...base(random, now, random.pick(members), 120), title, ...richText(body) }
  })

export const taskRows = (random: Random, now: Date, members: readonly DemoActor[]) =>
  Array.from({ length: TASKS }, () => {
    const [title, body] = random.pick(words.TASKS)
    const status = random.pick(['TODO', 'TODO', 'IN_PROGRESS', 'DONE'])
    const assignee = random.pick(members)
    return {
      ...base(random, now, random.pick(members), 90),
      title,
      ...richText(body),
      status,
      due_at: dayFrom(now, status === 'DONE' ? -random.integer(1, 60) : random.integer(-5, 30)),
      assignee_id: random.chance(0.9) ? assignee.id : null,
    }
  })

export const timelineRows = (random: Random, opportunities: readonly Opportunity[]) =>
  opportunities.map((opportunity) => ({
    id: random.uuid(new Date(opportunity.created_at)),
    created_at: opportunity.created_at,
    updated_at: opportunity.created_at,
    happens_at: opportunity.created_at,
    name: 'opportunity.created',
    properties: { after: { name: opportunity.name, stage: 'NEW' } },
    linked_record_cached_name: opportunity.name,
    linked_record_id: opportunity.id,
    workspace_member_id: opportunity.owner_id,
    target_opportunity_id: opportunity.id,
  }))
