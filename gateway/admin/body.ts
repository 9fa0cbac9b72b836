// Reads the bodies of operators' requests, or throws a Problem that names the wrong value. Unknown properties
// are refused: a misspelt option would silently get its default.

import { isRecord } from '../../tenants/model/json.ts'
import { badInput, Problem } from '../error/problem.ts'

export type JsonBody = Readonly<Record<string, unknown>>

export const jsonBodyOf = (value: unknown, names?: readonly string[]): JsonBody => {
  if (!isRecord(value)) throw badInput('The body must be a JSON object.')
  const unknown = Object.keys(value).find((name) => names?.includes(name) === false)
  if (unknown === undefined || names === undefined) return Object.fromEntries(Object.entries(value))
  throw new Problem('BAD_USER_INPUT', `Unknown property "${unknown.slice(0, 100)}".`, {
    hint: `There are ${names.join(', ')}.`,
  })
}

export const textOf = (body: JsonBody, name: string): string | undefined => {
  const value = body[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw badInput(`${name} must be a string.`)
}

export const requiredText = (body: JsonBody, name: string): string => {
  const value = textOf(body, name)
  if (value === undefined) throw badInput(`${name} is missing.`)
  return value
}

export const flagOf = (body: JsonBody, name: string, fallback: boolean): boolean => {
  const value = body[name] ?? fallback
  if (typeof value === 'boolean') return value
  throw badInput(`${name} must be true or false.`)
}
