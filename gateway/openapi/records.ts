// Records as JSON Schema: for each object one schema for new ones, one for changes, one for answers. In
// answers only the key is required: `fields` may omit the rest, and relations only exist at depth 1.

import { COMPOSITES } from '../../tenants/model/compositeType.ts'
import type {
  CompositeField,
  ModelField,
  ObjectModel,
  ToManyField,
  ToOneField,
} from '../../tenants/model/model.ts'
import { eachInSlices, type Slices } from '../../tenants/model/read/slices.ts'
import { isNeeded, isNeededColumn } from '../../tenants/model/writable.ts'
import { exampleRecord } from '../records/exampleRecord.ts'
import { isSearchVector } from '../records/model/field.ts'
import { may } from '../records/model/permission.ts'
import { scalarOf } from '../records/read/key.ts'
import { referenceAt } from '../records/read/reference.ts'
import { type Components, refTo } from './components.ts'
import { closed, described, listOf, objectOf, orNull, type Schema, wholeObjectOf } from './schema.ts'
import type { Texts } from './texts.ts'
import {
  keySchema,
  readPartSchema,
  readSchema,
  type SchemaContext,
  type WriteMode,
  writePartSchema,
  writeSchema,
} from './values.ts'
import type { ModelView, ObjectView } from './view.ts'

export interface RecordSchemas {
  readonly create: Schema
  readonly update: Schema
  readonly response: Schema
  /** The identity of a record, as deletions return it. */
  readonly key: Schema
}

interface RecordSchemaOptions {
  readonly view: ModelView
  readonly texts: Texts
  readonly components: Components
  readonly slices: Slices
}

interface Names {
  readonly create: string
  readonly update: string
  readonly response: string
}

/** The object that fields are described for. */
interface ObjectPlace extends SchemaContext {
  readonly object: ObjectModel
  readonly view: ModelView
  readonly namesByTable: ReadonlyMap<string, Names>
}

export const keyFieldsOf = (object: ObjectModel) =>
  object.key.flatMap((column) => scalarOf(object, column) ?? [])

/** Names of new records come first: they take precedence over names derived from another object's. */
const claimNames = ({ view, components }: RecordSchemaOptions): readonly (readonly [ObjectView, Names])[] =>
  view.objects
    .map((each) => [each, components.claim(each.object.typeName)] as const)
    .map(([each, create]) => {
      const { typeName } = each.object
      const update = components.claim(`${typeName}ForUpdate`)
      return [each, { create, update, response: components.claim(`${typeName}ForResponse`) }]
    })

const compositeSchema = (
  { components }: SchemaContext,
  { type, parts }: CompositeField,
  schemaOf: (part: CompositeField['parts'][number]) => Schema,
  suffix = '',
): Schema => {
  const properties = Object.fromEntries(parts.map((part) => [part.part.name, schemaOf(part)]))
  const needed = suffix === 'ForCreate' ? parts.filter(({ column }) => isNeededColumn(column)) : []
  const names = needed.map(({ part }) => part.name)
  const schema = suffix === '' ? wholeObjectOf(properties) : closed(objectOf(properties, names))
  return components.share(COMPOSITES[type].graphqlName + suffix, schema)
}

/** How a new or changed record names a related one: by anything unique. */
const relationSchema = (place: SchemaContext, target: ObjectModel): Schema => {
  const unique = new Set([target.key, ...target.uniqueKeys.map(({ columns }) => columns)].flat())
  const where: Record<string, Schema> = {}
  for (const field of target.fields.values()) {
    if (field.kind === 'scalar' && unique.has(field.column.name))
      where[field.name] = keySchema(place, field.type, field.column)
    if (field.kind !== 'composite') continue
    const parts = field.parts.filter(({ column }) => unique.has(column.name))
    if (parts.length > 0)
      where[field.name] = objectOf(
        Object.fromEntries(parts.map(({ part, column }) => [part.name, keySchema(place, part.type, column)])),
      )
  }
  const connect = wholeObjectOf({ where: objectOf(where) })
  return place.components.share(`Connect${target.typeName}`, {
    anyOf: [
      closed(wholeObjectOf({ connect })),
      closed(wholeObjectOf({ disconnect: { type: 'boolean', enum: [true] } })),
      { type: 'null' },
    ],
  })
}

/** Fields that a change may repeat unchanged: a record can be sent back as it was returned. */
const sentBack = ({ object, updatable }: ObjectView): readonly ModelField[] => {
  const names = new Set(updatable.map(({ name }) => name))
  return [...object.fields.values()].filter(
    (field) =>
      field.kind === 'scalar' &&
      !names.has(field.name) &&
      (!field.column.writable || object.key.includes(field.column.name)),
  )
}

const relatedSchema = ({ namesByTable }: ObjectPlace, field: ToOneField | ToManyField): Schema | null => {
  const related = namesByTable.get(field.target)
  if (related === undefined) return null
  const record = refTo(related.response)
  return field.kind === 'toMany' ? listOf(record) : orNull(record)
}

/** Null: no answer has the field. */
const answered = (place: ObjectPlace, field: ModelField): Schema | null => {
  const { object } = place
  switch (field.kind) {
    case 'scalar': {
      if (isSearchVector(object, field)) return null
      // A reference to a record in the trash reads null.
      const mayBeNull = referenceAt(object, field.column) !== undefined
      const schema = readSchema(place, field.column, mayBeNull)
      return field.column.writable ? schema : { ...schema, readOnly: true }
    }
    case 'composite':
      return compositeSchema(place, field, ({ part, column }) => readPartSchema(place, part, column))
    case 'toOne':
    case 'toMany':
      return relatedSchema(place, field)
  }
}

/** Null: no record is written with the field. */
const taken = (place: ObjectPlace, field: ModelField, mode: WriteMode): Schema | null => {
  const { object, view } = place
  switch (field.kind) {
    case 'scalar':
      return writeSchema(place, field.type, field.column, mode)
    case 'composite': {
      const parts = field.parts.filter(
        ({ part, column }) =>
          part.serverOnly !== true || (mode === 'update' && may(object, 'read', column.name)),
      )
      if (parts.length === 0) return null
      const given = { ...field, parts }
      const schema = compositeSchema(
        place,
        given,
        ({ part, column }) => writePartSchema(place, part, column, mode),
        mode === 'create' ? 'ForCreate' : 'ForUpdate',
      )
      return parts.every(({ column }) => !column.notNull) ? orNull(schema) : schema
    }
    case 'toOne': {
      const target = view.byTable.get(field.target)?.object
      return target === undefined ? null : relationSchema(place, target)
    }
    case 'toMany':
      return null
  }
}

const defineObject = (place: ObjectPlace, each: ObjectView, names: Names, texts: Texts): RecordSchemas => {
  const { object, components } = place
  const { creatable, updatable } = each
  const { table } = object
  const propertiesOf = (
    fields: Iterable<ModelField>,
    schemaOf: (field: ModelField) => Schema | null,
  ): Record<string, Schema> => {
    const properties: Record<string, Schema> = {}
    for (const field of fields) {
      const schema = schemaOf(field)
      if (schema !== null) properties[field.name] = described(schema, texts.ofField(table, field.name))
    }
    return properties
  }
  const text = texts.ofObject(table)
  const keyNames = keyFieldsOf(object).map((field) => field.name)
  const required = creatable.filter(isNeeded).map((field) => field.name)
  const answer = propertiesOf(object.fields.values(), (field) => answered(place, field))
  const create = propertiesOf(creatable, (field) => taken(place, field, 'create'))
  const update = {
    ...propertiesOf(sentBack(each), (field) => answered(place, field)),
    ...propertiesOf(updatable, (field) => taken(place, field, 'update')),
  }
  const key = Object.fromEntries(Object.entries(answer).filter(([name]) => keyNames.includes(name)))
  components.define(names.create, described(closed(objectOf(create, required)), text))
  components.define(names.update, described(closed(objectOf(update)), text))
  // Here instead of in each answer: every schema that contains such a record shows it.
  components.define(names.response, {
    ...described(objectOf(answer, keyNames), text),
    examples: [exampleRecord(object)],
  })
  return {
    create: refTo(names.create),
    update: refTo(names.update),
    response: refTo(names.response),
    key: wholeObjectOf(key),
  }
}

export const defineRecords = async (
  options: RecordSchemaOptions,
): Promise<ReadonlyMap<string, RecordSchemas>> => {
  const { view, texts, components, slices } = options
  const named = claimNames(options)
  const namesByTable = new Map(named.map(([{ object }, names]) => [object.table, names]))
  const defined = new Map<string, RecordSchemas>()
  await eachInSlices(named, slices, ([each, names]) => {
    const { object } = each
    const place = { object, view, namesByTable, components, isManaged: object.emptyStringForNull }
    defined.set(object.table, defineObject(place, each, names, texts))
    return object.fields.size
  })
  return defined
}
