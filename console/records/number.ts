// Converts numbers between text and JSON. The API returns a JSON number where that is exact and a string
// otherwise, and accepts both.

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Special values of Postgres. */
const SPECIAL = /^(?:NaN|[+-]?Infinity)$/

/** An empty text is valid. */
export const isNumberText = (text: string): boolean => {
  const trimmed = text.trim()
  return trimmed === '' || NUMBER.test(trimmed) || SPECIAL.test(trimmed)
}

/** A number if that is exact, else the text, so that no digit is lost. */
export const jsonNumber = (text: string): number | string | null => {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = Number(trimmed)
  const isExact = String(number) === trimmed && (!Number.isInteger(number) || Number.isSafeInteger(number))
  return Number.isFinite(number) && isExact ? number : trimmed
}

/**
 * The number for a column: only `int8` and `numeric` take texts, other columns round to a double or have no
 * more digits than one.
 */
export const columnNumber = (columnType: string | null, text: string): number | string | null => {
  const number = Number(text)
  const isDouble = columnType !== 'int8' && columnType !== 'numeric' && text.trim() !== ''
  return isDouble && Number.isFinite(number) ? number : jsonNumber(text)
}

/** `1e-7` → `0.0000001`: JavaScript prints very small and large numbers with an exponent. */
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

/** The text of an input. */
export const numberText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : plain(String(value))
