// Schemas of the OpenAPI document as TypeScript types.

import { isList } from '../../tenants/model/json.ts'
import type { Schema } from '../openapi/schema.ts'

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !isList(value)

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

const NAME = /^[A-Za-z_$][\w$]*$/

const propertyName = (name: string): string => (NAME.test(name) ? name : JSON.stringify(name))

const commentOf = ({ title, description }: Schema, indent: string): string => {
  const text = [title, description].filter((part) => typeof part === 'string').join(': ')
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`
}

const objectType = (schema: Schema, indent: string): string => {
  const properties = isSchema(schema.properties) ? Object.entries(schema.properties) : []
  if (properties.length === 0) return '{ [name: string]: unknown }'
  const required = isList(schema.required) ? schema.required : []
  const lines = properties.map(([name, property]) => {
    const of = isSchema(property) ? property : {}
    const mark = required.includes(name) ? '' : '?'
    return `${commentOf(of, `${indent}  `)}${indent}  ${propertyName(name)}${mark}: ${typeOf(of, `${indent}  `)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

const ofType = (type: unknown, schema: Schema, indent: string): string => {
  if (type === 'object') return objectType(schema, indent)
  if (type === 'array') return `(${typeOf(isSchema(schema.items) ? schema.items : {}, indent)})[]`
  return PLAIN[String(type)] ?? 'unknown'
}

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ')

const typeOf = (schema: Schema, indent: string): string => {
  const { $ref, anyOf, enum: values, const: constant, type } = schema
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if (isList(anyOf)) return union(anyOf.map((each) => typeOf(isSchema(each) ? each : {}, indent)))
  if (isList(values)) return union(values.map((value) => JSON.stringify(value)))
  if (constant !== undefined) return JSON.stringify(constant)
  if (isList(type)) return union(type.map((each) => ofType(each, schema, indent)))
  return ofType(type, schema, indent)
}

/** One exported type for each schema. */
export const restTypes = (schemas: Readonly<Record<string, Schema>>): string =>
  Object.entries(schemas)
    .map(([name, schema]) => `${commentOf(schema, '')}export type ${name} = ${typeOf(schema, '')}\n`)
    .join('\n')
