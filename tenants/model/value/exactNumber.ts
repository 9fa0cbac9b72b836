// JSON numbers with all their digits. Parsing keeps a number that a double would change as written
// (`JSON.rawJSON`, which `JSON.stringify` writes back unchanged). Printing writes the text of a decimal as a
// JSON number if a double holds it exactly and as a JSON string otherwise.

declare global {
  /** ECMAScript proposal "JSON.parse source text access", in Node since 22. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
    rawJSON(text: string): object
    isRawJSON(value: unknown): value is { readonly rawJSON: string }
  }
}

/** Digits that every double keeps. */
const SAFE_DIGITS = 15
/** Digits that distinguish any two doubles. */
const DOUBLE_DIGITS = 17
const MAX_INTEGER = 2n ** 53n
const ZERO = 0x30
/** A long run of digits, or an exponent that can leave the range of a double. */
const MAY_CHANGE = /\d[\d.]{15}|\d[eE][+-]?\d{3}/
const DECIMAL = /^-?\d+(?:\.\d+)?$/

const withoutTrailingZeros = (digits: string): string => {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === ZERO) end -= 1
  return digits.slice(0, end)
}

/** A number as its significant digits and a power of ten. */
const scientific = (text: string): { readonly digits: string; readonly exponent: number } => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const all = whole + fraction
  const digits = withoutTrailingZeros(all)
  return {
    digits: digits.replace(/^0+/, ''),
    exponent: Number(exponent) - fraction.length + all.length - digits.length,
  }
}

/** Whether the nearest double, printed, has the number's value. */
const survivesDouble = (text: string): boolean => {
  const { digits, exponent } = scientific(text)
  if (digits === '') return true
  if (digits.length > DOUBLE_DIGITS) return false
  const double = Number(text)
  if (!Number.isFinite(double)) return false
  const printed = scientific(String(double))
  return printed.digits === digits && printed.exponent === exponent
}

export const mayChange = (text: string): boolean => MAY_CHANGE.test(text)

/**
 * The reviver.
 * @param source the value's own text, unless it is an object or list
 */
export const keepDigits = (value: unknown, source: string | undefined): unknown =>
  typeof value === 'number' &&
  source !== undefined &&
  (source.length > SAFE_DIGITS || /e/i.test(source)) &&
  !survivesDouble(source)
    ? JSON.rawJSON(source)
    : value

/** The reviver that keeps trailing zeros, exponents and the sign of zero as well. */
export const keepSpelling = (value: unknown, source: string | undefined): unknown =>
  typeof value === 'number' && source !== undefined && source !== String(value) ? JSON.rawJSON(source) : value

/** The text of a number in either representation; null for other values. */
export const digitsOf = (value: unknown): string | null => {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return JSON.isRawJSON(value) ? value.rawJSON : null
}

/** Integers up to 2^53 and decimals that survive a double. NaN and the infinities are not numbers in JSON. */
const isExact = (text: string): boolean => {
  if (!DECIMAL.test(text)) return false
  const [whole = '', fraction = ''] = text.split('.')
  if (withoutTrailingZeros(fraction) !== '') return survivesDouble(text)
  if (whole.length > DOUBLE_DIGITS) return false
  const integer = BigInt(whole)
  return integer <= MAX_INTEGER && integer >= -MAX_INTEGER
}

/** Postgres' numeric has up to 131072 digits before the point and 16383 behind it. */
const ANY_DECIMAL = /^[+-]?(\d{1,131072}(\.\d{0,16383})?|\.\d{1,16383})(e[+-]?\d{1,6})?$/i

/** The digits of a JSON number, or of a string with a decimal; null for other values. */
export const decimalOf = (value: unknown): string | null => {
  const text = digitsOf(value) ?? value
  return typeof text === 'string' && ANY_DECIMAL.test(text) ? text : null
}

/** A decimal as a JSON value: a number if a double holds it exactly, else a string with all digits. */
export const exactValue = (text: string): number | string =>
  survivesDouble(text) && (/e/i.test(text) || Math.abs(Number(text)) <= Number(MAX_INTEGER))
    ? Number(text)
    : text

const isDigit = (code: number): boolean => code >= ZERO && code <= ZERO + 9

/** The text of a decimal, as Postgres writes it, as JSON: a number if exact, else a string. */
export const exactJson = (text: string): string =>
  // Fast path for short texts. The last character of NaN and the infinities is a letter.
  (text.length <= SAFE_DIGITS && isDigit(text.charCodeAt(text.length - 1))) || isExact(text)
    ? text
    : `"${text}"`

/**
 * A quotient, which is rounded anyway: a JSON number if its integer part is exact, else a string with all
 * digits.
 */
export const roundedJson = (text: string): string => {
  const exact = exactJson(text)
  if (exact === text || !DECIMAL.test(text)) return exact
  const double = Number(text)
  return Math.abs(double) < Number(MAX_INTEGER) ? String(double) : exact
}
