// The time of the day in which builds of large tables begin.

/** Minutes of the day, UTC; an end before the start is on the next day. */
interface MaintenanceWindow {
  readonly fromMinute: number
  readonly toMinute: number
}

const TIMES = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

/** @param text `22:00-04:30`; undefined for another one. */
export const parseWindow = (text: string): MaintenanceWindow | undefined => {
  const parts = TIMES.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = parts
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute]
  return from === to ? undefined : { fromMinute: from, toMinute: to }
}

/** @param text of the window; null for the whole day. */
export const isWithin = (text: string | null, now: Date): boolean => {
  const window = text === null ? undefined : parseWindow(text)
  if (window === undefined) return true
  const { fromMinute, toMinute } = window
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes()
  return fromMinute < toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute
}
