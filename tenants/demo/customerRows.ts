// Demo records about customers: the members who work with them, companies, people and deals.

import { slugOf } from '../slug.ts'
import type { Random } from './random.ts'
import { base, type DemoActor, dayFrom } from './record.ts'
import * as words from './words.ts'

const COMPANIES = 60
const PEOPLE = 200
const OPPORTUNITIES = 80
const MICROS = 1_000_000

export const memberRows = (random: Random, now: Date) =>
  words.MEMBERS.map(([firstName, lastName, jobTitle]) => {
    const created = new Date(dayFrom(now, -420))
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

export const companyRows = (random: Random, now: Date, members: readonly DemoActor[]) => {
  const names = words.COMPANY_STEMS.flatMap((stem) =>
    words.COMPANY_ENDINGS.map((ending) => `${stem} ${ending}`),
  )
  return random
    .shuffle(names)
    .slice(0, COMPANIES)
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

export const personRows = (
  random: Random,
  now: Date,
  members: readonly DemoActor[],
  companies: readonly Company[],
) => {
  const names = words.FIRST_NAMES.flatMap((first) => words.LAST_NAMES.map((last) => [first, last] as const))
  return random
    .shuffle(names)
    .slice(0, PEOPLE)
    .map(([firstName, lastName]) => {
      const company = random.pick(companies)
      const { place } = company
      const mailbox = `${slugOf(firstName, '-', 30, 'x')}.${slugOf(lastName, '-', 30, 'x')}`
      return {
        ...base(random, now, random.pick(members)),
        name_first_name: firstName,
        name_last_name: lastName,
        // Names are unique, so the addresses made of them are too.
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

export const opportunityRows = (
  random: Random,
  now: Date,
  members: readonly DemoActor[],
  companies: readonly Company[],
  people: ReturnType<typeof personRows>,
) =>
  Array.from({ length: OPPORTUNITIES }, () => {
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
      // Closed between its creation and now; the others are due, a few of them overdue.
      close_date: stage === 'CUSTOMER' ? record.updated_at : dayFrom(now, random.integer(-10, 150)),
      company_id: company.id,
      point_of_contact_id: staff.length > 0 ? random.pick(staff).id : null,
      owner_id: owner.id,
    }
  })

export type Opportunity = ReturnType<typeof opportunityRows>[number]
