// Numbers of JSON with all their digits. In: JSON text; out: its value, in which a number that a double would round is kept as it was
// written (`JSON.rawJSON`, which `JSON.stringify` writes back unchanged). All others are numbers as always.

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
const MAY_BE_LONG = /\d[\d.]{15}/

const significantDigits = (source: string): number => {
  const [mantissa = ''] = source.toLowerCase().split('e')
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').length
}

export const hasLongNumbers = (text: string): boolean => MAY_BE_LONG.test(text)

/** What a reviver makes of a value. @param source the value's own text, where it is no object or list */
export const keepDigits = (value: unknown, source: string | undefined): unknown =>
  typeof value === 'number' && source !== undefined && significantDigits(source) > SAFE_DIGITS
    ? JSON.rawJSON(source)
    : value

/** The text of a number, whichever way it is kept; null for what is no number. */
export const digitsOf = (value: unknown): string | null => {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return JSON.isRawJSON(value) ? value.rawJSON : null
}
