// Converts days and times between Postgres (DateStyle ISO, TimeZone UTC) and ISO 8601. Years beyond four
// digits and before Christ have a sign and six digits, as in ECMAScript. `infinity` does not exist in ISO
// 8601 and stays as it is.

const INFINITE = /^-?infinity$/
const BC = ' BC'
const MILLISECOND_DIGITS = 3
const YEAR_DIGITS = 4

/** `0044` BC is the year -43: ISO 8601 has a year 0. */
const isoYear = (year: string, isBc: boolean): string => {
  if (!isBc && year.length === YEAR_DIGITS) return year
  const number = isBc ? 1 - Number(year) : Number(year)
  if (number === 0) return '0000'
  return `${number < 0 ? '-' : '+'}${String(Math.abs(number)).padStart(6, '0')}`
}

/** `2026-01-31` from `2026-01-31`, `-000043-03-15` from `0044-03-15 BC`. */
export const isoDate = (text: string): string => {
  if (text.length === 'YYYY-MM-DD'.length) return text
  if (INFINITE.test(text)) return text
  const isBc = text.endsWith(BC)
  const at = text.indexOf('-')
  return isoYear(text.slice(0, at), isBc) + text.slice(at, at + '-MM-DD'.length)
}

/** Milliseconds, or microseconds if there are any. */
const isoFraction = (digits: string, isMilliseconds: boolean): string => {
  const whole = digits.padEnd(MILLISECOND_DIGITS, '0')
  return isMilliseconds || whole.length === MILLISECOND_DIGITS
    ? whole.slice(0, MILLISECOND_DIGITS)
    : whole.padEnd(6, '0')
}

const TIME_LENGTH = 'HH:MM:SS'.length
const MILLISECOND_END = 'YYYY-MM-DD HH:MM:SS.123'.length

/** A year of four digits, and at least three digits of a second. */
const isUsual = (text: string): boolean =>
  text[10] === ' ' &&
  text.endsWith('+00') &&
  text.length >= MILLISECOND_END + '+00'.length &&
  text[19] === '.'

/**
 * `2026-01-31T12:00:00.123Z` from `2026-01-31 12:00:00.123+00`; without the zone if the text has none.
 * @param isMilliseconds truncates microseconds
 */
export const isoInstant = (text: string, isMilliseconds: boolean): string => {
  if (isMilliseconds && isUsual(text)) return `${text.slice(0, 10)}T${text.slice(11, MILLISECOND_END)}Z`
  const at = text.indexOf(' ')
  if (at < 0) return text
  const end = at + 1 + TIME_LENGTH
  const isBc = text.endsWith(BC)
  const zone = text.indexOf('+', end)
  const fractionEnd = zone >= 0 ? zone : isBc ? text.length - BC.length : text.length
  const fraction = isoFraction(text.slice(end + 1, fractionEnd), isMilliseconds)
  const day = isBc ? isoDate(text.slice(0, at) + BC) : isoDate(text.slice(0, at))
  return `${day}T${text.slice(at + 1, end)}.${fraction}${zone < 0 ? '' : 'Z'}`
}

const DAY = /^(\d{4}|[+-]\d{6,7})-(\d{2})-(\d{2})$/
/** RFC 3339 with common deviations: a space for the T, no seconds, no zone (UTC then), a bare date. */
const DATE_TIME =
  /^((?:\d{4}|[+-]\d{6,7})-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i
const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const FEBRUARY = 2

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const daysOf = (year: number, month: number): number =>
  month === FEBRUARY && isLeap(year) ? 29 : (DAYS_OF_MONTHS[month - 1] ?? 0)

interface Day {
  readonly text: string
  readonly isBc: boolean
}

const readDay = (text: string): Day | null => {
  const [, years = '', months = '', days = ''] = DAY.exec(text) ?? []
  if (years === '') return null
  const [year, day] = [Number(years), Number(days)]
  if (day < 1 || day > daysOf(year, Number(months))) return null
  const isBc = year < 1
  const digits = String(isBc ? 1 - year : year).padStart(YEAR_DIGITS, '0')
  return { text: `${digits}-${months}-${days}`, isBc }
}

const MAX_OFFSET_HOURS = 15

const readZone = (zone: string): string | null => {
  if (zone.toUpperCase() === 'Z') return 'Z'
  const hours = zone.slice(0, 3)
  const minutes = zone.slice(3).replace(':', '') || '00'
  return Math.abs(Number(hours)) <= MAX_OFFSET_HOURS && Number(minutes) < 60 ? `${hours}:${minutes}` : null
}

const isTime = (hours: string, minutes: string, seconds: string): boolean =>
  (Number(hours) < 24 || (hours === '24' && Number(minutes) + Number(seconds) === 0)) &&
  Number(minutes) < 60 &&
  Number(seconds) < 60

interface Instant {
  readonly day: Day
  /** With all digits of its fraction. */
  readonly time: string
  readonly zone: string
}

const readInstant = (given: string): Instant | null => {
  const match = DATE_TIME.exec(given.trim())
  if (match === null) return null
  const [, date = '', hours = '00', minutes = '00', seconds = '00', fraction, offset = 'Z'] = match
  const day = readDay(date)
  const zone = readZone(offset)
  if (day === null || zone === null || !isTime(hours, minutes, seconds)) return null
  const time = `${hours}:${minutes}:${seconds}${fraction === undefined ? '' : `.${fraction}`}`
  return { day, time, zone }
}

/** The same instant in UTC; null outside the range of JavaScript's dates. */
const inUtc = ({ day, time, zone }: Instant): Instant | null => {
  if (zone === 'Z') return { day, time, zone }
  const [whole = '', fraction] = time.split('.')
  const date = new Date(`${day.text}T${whole}${zone}`)
  if (day.isBc || Number.isNaN(date.getTime())) return null
  const [utcDay = '', utcTime = ''] = date.toISOString().slice(0, -'.000Z'.length).split('T')
  return {
    day: { text: utcDay, isBc: false },
    time: fraction === undefined ? utcTime : `${utcTime}.${fraction}`,
    zone: 'Z',
  }
}

const written = ({ day, time, zone }: Instant): string => `${day.text}T${time}${zone}${day.isBc ? BC : ''}`

/** An instant in Postgres' text form, or null for an invalid text. */
export const parseDateTime = (given: string): string | null => {
  const instant = readInstant(given)
  return instant === null ? null : written(instant)
}

/** A time without zone, or null for an invalid text. A given zone is converted to UTC. */
export const parseLocalTime = (given: string): string | null => {
  const instant = readInstant(given)
  const utc = instant === null ? null : inUtc(instant)
  return utc === null ? null : written({ ...utc, zone: '' })
}

/** The day of an instant, as written in the text. */
export const dayOf = (given: string): string | null => {
  const day = readInstant(given)?.day
  return day === undefined ? null : day.text + (day.isBc ? BC : '')
}

const FAR = /^(\d{4,7}-\d\d-\d\d)(.*?)( BC)?$/

/** Years beyond four digits and before Christ in ISO 8601, where a text has them as Postgres writes them. */
export const farYearsToIso = (text: string): string => {
  const [, day = '', rest = '', bc = ''] = FAR.exec(text) ?? []
  return day === '' ? text : isoDate(day + bc) + rest
}

export const isInfinite = (text: string): boolean => INFINITE.test(text)
