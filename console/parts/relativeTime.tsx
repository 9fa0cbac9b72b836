// A relative time, such as "3 days ago" or "in 2 weeks", with the exact one as its title.

const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

const SOON_SECONDS = 60

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

const agoOf = (at: Date, now: Date): string => {
  const seconds = (at.getTime() - now.getTime()) / 1000
  if (Math.abs(seconds) < SOON_SECONDS) return seconds > 0 ? 'in a moment' : 'just now'
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ??
    UNITS[UNITS.length - 1] ?? ['minute', 60]
  return relative.format(Math.round(seconds / size), unit)
}

const exactOf = (at: Date): string => exact.format(at)

export const RelativeTime = ({ at }: { readonly at: string }) => {
  const date = new Date(at)
  return (
    <time dateTime={at} title={exactOf(date)}>
      {agoOf(date, new Date())}
    </time>
  )
}
