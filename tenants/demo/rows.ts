// Rows of demo records as the tables have them: snake_case columns, ids included, so that rows can refer to each other. In: a
// source of chance and a moment that counts as now; out: rows by table, in an order in which they can be inserted.

import { slugOf } from '../slug.ts'
import type { Random } from './random.ts'
import * as words from './words.ts'

export type Row = Readonly<Record<string, unknown>> & { readonly id: string }

export interface TableRows {
  readonly table: string
  readonly rows: readonly Row[]
}

const DAY_MS = 86_400_000
const COUNTS = { companies: 60, people: 200, opportunities: 80, notes: 60, tasks: 60 }
const MICROS = 1_000_000

interface Actor {
  readonly id: string
  readonly name: string
}

/** What every record has: who made it when, from where. */
const base = (random: Random, now: Date, by: Actor, sinceDays = 400) => {
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

const dayFrom = (now: Date, days: number): string => new Date(now.getTime() + days * DAY_MS).toISOString()

const richText = (text: string) => ({
  body_v2_markdown: text,
  body_v2_blocknote: JSON.stringify([{ type: 'paragraph', content: [{ type: 'text', text, styles: {} }] }]),
})

const memberRows = (random: Random, now: Date) =>
  words.MEMBERS.map(([firstName, lastName, jobTitle]) => {
    const created = new Date(now.getTime() - 420 * DAY_MS)
    const email = `${slugOf(firstName, '-', 30, 'member')}.${slugOf(lastName, '-', 30, 'member')}@demo.example`
    return {
      id: random.uuid(created),
      created_at: created.toISOString(),
      updated_at: created.toISOString(),
      created_by_source: 'SYSTEM',
      updated_by_source: 'SYSTEM',
      name_first_name: firstName,
      name_last_name: lastName,
      job_title: jobTitle,
      user_email: email,
      user_id: random.uuid(created),
      time_zone: 'Europe/Berlin',
    }
  })

const companyRows = (random: Random, now: Date, members: readonly Actor[]) => {
  const names = words.COMPANY_STEMS.flatMap((stem) =>
    words.COMPANY_ENDINGS.map((ending) => `${stem} ${ending}`),
  )
  return random
    .shuffle(names)
    .slice(0, COUNTS.companies)
    .map((name) => {
      const owner = random.pick(members)
      const place = random.pick(words.PLACES)
      const slug = slugOf(name, '-', 40, 'company')
      return {
        ...base(random, now, owner),
        place,
        slug,
        name,
        domain_name_primary_link_label: name,
        domain_name_primary_link_url: `https://${slug}.example`,
        linkedin_link_primary_link_label: name,
        linkedin_link_primary_link_url: `https://www.linkedin.com/company/${slug}-example`,
        address_street1: `${random.pick(place.streets)} ${random.integer(1, 180)}`,
        address_city: place.city,
        address_postcode: place.postcode,
        address_state: place.state,
        address_country: place.country,
        address_lat: place.lat,
        address_lng: place.lng,
        annual_revenue_amount_micros: random.integer(4, 900) * 250_000 * MICROS,
        annual_revenue_currency_code: place.currency,
        account_owner_id: random.chance(0.85) ? owner.id : null,
      }
    })
}

type Company = ReturnType<typeof companyRows>[number]

const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.integer(0, 9)).join('')

const personRows = (random: Random, now: Date, members: readonly Actor[], companies: readonly Company[]) => {
  const names = words.FIRST_NAMES.flatMap((first) => words.LAST_NAMES.map((last) => [first, last] as const))
  return random
    .shuffle(names)
    .slice(0, COUNTS.people)
    .map(([firstName, lastName]) => {
      const company = random.pick(companies)
      const { place } = company
      const mailbox = `${slugOf(firstName, '-', 30, 'x')}.${slugOf(lastName, '-', 30, 'x')}`
      return {
        ...base(random, now, random.pick(members)),
        name_first_name: firstName,
        name_last_name: lastName,
        // A name occurs once, so an address does too.
        emails_primary_email: `${mailbox}@${company.slug}.example`,
        emails_additional_emails: random.chance(0.15) ? [`${mailbox}@mail.example`] : null,
        phones_primary_phone_number: place.phonePrefix + digits(random, place.phoneDigits),
        phones_primary_phone_country_code: place.countryCode,
        phones_primary_phone_calling_code: place.callingCode,
        linkedin_link_primary_link_url: random.chance(0.6)
          ? `https://www.linkedin.com/in/${mailbox.replace('.', '-')}-example`
          : null,
        job_title: random.pick(words.JOB_TITLES),
        company_id: random.chance(0.95) ? company.id : null,
      }
    })
}

const opportunityRows = (
  random: Random,
  now: Date,
  members: readonly Actor[],
  companies: readonly Company[],
  people: ReturnType<typeof personRows>,
) =>
  Array.from({ length: COUNTS.opportunities }, () => {
    const company = random.pick(companies)
    const staff = people.filter((person) => person.company_id === company.id)
    const owner = random.pick(members)
    const stage = random.pick(['NEW', 'NEW', 'SCREENING', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER'])
    const record = base(random, now, owner, 240)
    return {
      ...record,
      name: `${company.name}: ${random.pick(words.DEALS)}`,
      amount_amount_micros: random.integer(4, 480) * 500 * MICROS,
      amount_currency_code: company.place.currency,
      stage,
      // Won between its beginning and now; the others are due, a few of them overdue.
      close_date: stage === 'CUSTOMER' ? record.updated_at : dayFrom(now, random.integer(-10, 150)),
      company_id: company.id,
      point_of_contact_id: staff.length > 0 ? random.pick(staff).id : null,
      owner_id: owner.id,
    }
  })

/** Notes and tasks are about a deal and, mostly, its company or contact too. */
const targetRows = (
  random: Random,
  now: Date,
  members: readonly Actor[],
  sources: readonly Row[],
  sourceColumn: 'note_id' | 'task_id',
  opportunities: ReturnType<typeof opportunityRows>,
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

const noteRows = (random: Random, now: Date, members: readonly Actor[]) =>
  Array.from({ length: COUNTS.notes }, () => {
    const [title, body] = random.pick(words.NOTES)
    return { ...base(random, now, random.pick(members), 120), title, ...richText(body) }
  })

const taskRows = (random: Random, now: Date, members: readonly Actor[]) =>
  Array.from({ length: COUNTS.tasks }, () => {
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

const timelineRows = (random: Random, opportunities: ReturnType<typeof opportunityRows>) =>
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
