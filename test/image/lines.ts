// What a gateway printed, line by line, as an operator reads it.

const ALARMING = /error|warn|fail|deprecat|exception/i
const WARN = 40

const levelOf = (line: string): number | null => {
  try {
    const { level }: { level?: unknown } = JSON.parse(line)
    return typeof level === 'number' ? level : null
  } catch {
    return null
  }
}

/** Log lines from level `warn` on, and other lines that mention errors. */
export const alarmingLines = (printed: string): readonly string[] =>
  printed.split('\n').filter((line) => {
    const level = levelOf(line)
    return level === null ? ALARMING.test(line) : level >= WARN
  })
