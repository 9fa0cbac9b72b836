// The logger interface of this layer: pino satisfies it, and so does an object literal in a test.

type Write = (fields: object, message: string) => void

export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}
