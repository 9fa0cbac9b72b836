// Narrows JSON that arrives without a type, and reads and writes numbers with all their digits.

declare global {
  /** ECMAScript proposal "JSON.parse source text access": Chrome 114, Firefox 135, Safari 18.4. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
    rawJSON(text: string): object
  }
}

export type JsonObject = Readonly<Record<string, unknown>>

/** A number that a double would print in another way: 12345678901234567890, 1.50. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }

  toJSON(): object {
    return JSON.rawJSON(this.text)
  }
}

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)

/** Older browsers round numbers. */
export const keepsDigits: boolean = 'rawJSON' in JSON

/** As `JSON.parse`, with ExactNumber for numbers that it would change. */
export const parseExact = (text: string): unknown =>
  JSON.parse(text, (_, value, context) =>
    keepsDigits &&
    typeof value === 'number' &&
    context.source !== undefined &&
    context.source !== String(value)
      ? new ExactNumber(context.source)
      : value,
  )
