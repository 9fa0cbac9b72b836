// Objects of the data model as the console shows them.

import { isRecord } from '../api/json.ts'
import type { FieldFragment, IndexFragment, ModelObjectQuery, ObjectsQuery } from './objects.graphql.ts'

/** Of its fields only whether the gateway maintains them: a table created with SQL has no such fields. */
export type ObjectSummary = ObjectsQuery['objects']['edges'][number]['node']
export type Index = IndexFragment

export interface Option {
  readonly id?: string
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
}

export interface Field extends Omit<FieldFragment, 'options'> {
  readonly options: readonly Option[] | null
}

export interface ModelObject extends Omit<ModelObjectQuery['object'], 'fieldsList'> {
  readonly fieldsList: readonly Field[]
}

const isOption = (value: unknown): value is Option =>
  isRecord(value) &&
  typeof value.value === 'string' &&
  typeof value.label === 'string' &&
  typeof value.color === 'string' &&
  typeof value.position === 'number'

/** Options of a select field, out of the schema's JSON; null for other fields. */
export const optionsIn = (json: unknown): readonly Option[] | null =>
  Array.isArray(json) ? json.filter(isOption) : null

export const settingOf = ({ settings }: { readonly settings: unknown }, name: string): string | undefined => {
  const value = isRecord(settings) ? settings[name] : undefined
  return typeof value === 'string' ? value : undefined
}

export type Origin = 'standard' | 'custom' | 'sql'

export const originOf = (object: ObjectSummary): Origin => {
  if (!object.isCustom) return 'standard'
  return object.fieldsList.some((field) => field.isSystem === true) ? 'custom' : 'sql'
}
