// Numbers between what is typed and JSON. The API answers with a JSON number where that is exact and with a
// text beyond, and takes both.

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Also what Postgres knows beside numbers. */
const SPECIAL = /^(?:NaN|[+-]?Infinity)$/

/** An empty text is valid. */
export const isNumberText = (text: string): boolean => {
  const trimmed = text.trim()
  return trimmed === '' || NUMBER.test(trimmed) || SPECIAL.test(trimmed)
}

/** A number where it survives that, else the text itself, so that no digit is lost on the way. */
export const jsonNumber = (text: string): number | string | null => {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = Number(trimmed)
  const isExact = String(number) === trimmed && (!Number.isInteger(number) || Number.isSafeInteger(number))
  return Number.isFinite(number) && isExact ? number : trimmed
}

/** `1e-7` → `0.0000001`: JSON numbers print with an exponent where they are small or large. */
const plain = (text: string): string => {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/i.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = `${whole}${fraction}`
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length
    ? `${sign}${digits}${'0'.repeat(point - digits.length)}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** As it is shown and edited. */
export const numberText = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'number'
      ? plain(String(value))
      : String(value)
