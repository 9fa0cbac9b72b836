// GraphQL type names of a model: the output, input and filter type of every value. Naming only: plugins/
// decides the fields.

import { ACTOR_SOURCES } from '../../../tenants/model/compositeType.ts'
import { fieldTypeStem } from '../../../tenants/model/fieldTypeName.ts'
import type {
  ColumnType,
  CompositeField,
  Model,
  ObjectModel,
  Omitted,
  ScalarField,
} from '../../../tenants/model/model.ts'
import { scalarTypeOf } from '../../../tenants/model/read/columnType.ts'
import { OBJECT_TYPES, SHARED_TYPES } from '../../../tenants/model/reserved.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'

export type GraphqlNames = readonly [type: string, filter: string]

const FLOATS = new Set(['float4', 'float8'])

interface ValueNames {
  readonly output: string
  readonly input: string
  readonly filter: string
  readonly isList: boolean
}

/** A GraphQL enum of one field's options. */
interface EnumNames {
  readonly name: string
  readonly labels: readonly string[]
  /** Of lists of a table made in SQL, which may contain lists. */
  readonly mayNest: boolean
}

export interface Vocabulary {
  /** Objects that can be shown. */
  readonly objects: readonly ObjectModel[]
  /** The same by table. */
  readonly byTable: ReadonlyMap<string, ObjectModel>
  /** Of the types of these objects. */
  readonly typeNames: ReadonlySet<string>
  /** Objects that cannot, with reasons; nothing refers to them. */
  readonly dropped: readonly Omitted[]
  readonly enums: readonly EnumNames[]
  readonly scalar: (object: ObjectModel, field: ScalarField) => ValueNames
  readonly part: (part: CompositeField['parts'][number]['part']) => ValueNames
  /** A value without a field: an argument or the result of a function. */
  readonly value: (type: ColumnType) => ValueNames
}

const ACTOR_SOURCE_ENUM = 'ActorSourceEnum'

/** Of numbers whose column has a type of its own in GraphQL. */
export const NUMBER_NAMES: Readonly<Record<string, GraphqlNames>> = {
  int2: ['Int', 'IntFilter'],
  int4: ['Int', 'IntFilter'],
  int8: ['BigInt', 'BigIntFilter'],
}

const isEnumLabel = (label: string): boolean =>
  /^[A-Za-z_]\w*$/.test(label) && !label.startsWith('__') && !['true', 'false', 'null'].includes(label)

const OPEN_NUMBER: GraphqlNames = ['BigFloat', 'BigFloatFilter']

const graphqlOf = (type: ScalarType, column: ColumnType): GraphqlNames =>
  (SCALARS[type].value === 'number' ? NUMBER_NAMES[column.name] : undefined) ?? SCALARS[type].graphql

const namesOf = (
  [name, filter]: GraphqlNames,
  column: ColumnType,
  enumName: string | undefined,
): ValueNames => {
  return {
    output: enumName ?? name,
    input: enumName ?? name,
    filter: enumName === undefined ? filter : `${enumName}Filter`,
    isList: column.isArray,
  }
}

/**
 * A float of a table made in SQL may be NaN or infinite, which a Float of GraphQL cannot be; an array
 * declared with several dimensions contains lists.
 */
const scalarNames = (
  { emptyStringForNull }: ObjectModel,
  { type, column }: ScalarField,
  enumName: string | undefined,
): ValueNames => {
  const isOpen = !emptyStringForNull && SCALARS[type].value === 'number' && FLOATS.has(column.type.name)
  const names = namesOf(isOpen ? OPEN_NUMBER : graphqlOf(type, column.type), column.type, enumName)
  return column.isNested === true ? { ...names, output: 'JSON', input: 'JSON' } : names
}

const selectObjects = (model: Model): Pick<Vocabulary, 'objects' | 'typeNames' | 'dropped'> => {
  const typeNames = new Set<string>()
  const objects: ObjectModel[] = []
  const dropped: Omitted[] = []
  for (const object of model.objects) {
    const types = OBJECT_TYPES.map((suffix) => object.typeName + suffix)
    const clash = types.find((type) => SHARED_TYPES.has(type) || typeNames.has(type))
    const { table, nameSingular, namePlural } = object
    if (clash !== undefined)
      dropped.push({ table, names: [nameSingular, namePlural], reason: `its type ${clash} exists already` })
    else {
      for (const type of types) typeNames.add(type)
      objects.push(object)
    }
  }
  return { objects, typeNames, dropped }
}

/** One enum per field of options; with labels that GraphQL cannot name the field is a String. */
const nameEnums = ({
  objects,
  typeNames,
}: Pick<Vocabulary, 'objects' | 'typeNames'>): ReadonlyMap<ScalarField, EnumNames> => {
  // An upgrade may have kept the name of an object that equals an enum's.
  const free = (name: string): string =>
    typeNames.has(name) || typeNames.has(`${name}Filter`) ? `${name}_` : name
  return new Map(
    objects.flatMap(({ nameSingular, fields, emptyStringForNull }) =>
      [...fields.values()].flatMap((field): readonly (readonly [ScalarField, EnumNames])[] => {
        if (field.kind !== 'scalar' || field.column.type.enum === null) return []
        const { labels } = field.column.type.enum
        if (labels.length === 0 || !labels.every(isEnumLabel)) return []
        const mayNest = field.column.type.isArray && !emptyStringForNull
        return [[field, { name: free(`${fieldTypeStem(nameSingular, field.name)}Enum`), labels, mayNest }]]
      }),
    ),
  )
}

/** Sources of all ACTOR fields together, because they share one type. */
const actorSources = (objects: readonly ObjectModel[]): readonly string[] => {
  const found = objects.flatMap((object) =>
    [...object.fields.values()].flatMap((field) =>
      field.kind === 'composite' ? field.parts.flatMap(({ column }) => column.type.enum?.labels ?? []) : [],
    ),
  )
  return [...new Set([...ACTOR_SOURCES, ...found.filter(isEnumLabel)])]
}

/** Of the long documents among the parts of composites. */
export const DOCUMENT_PART: GraphqlNames = ['String', 'RichTextPartFilter']
const PART_COLUMN: ColumnType = { sql: '', comparableSql: '', name: '', isArray: false, enum: null }

export const createVocabulary = (model: Model): Vocabulary => {
  const selected = selectObjects(model)
  const { objects } = selected
  const enums = nameEnums(selected)
  return {
    ...selected,
    byTable: new Map(objects.map((object) => [object.table, object])),
    enums: [...enums.values(), { name: ACTOR_SOURCE_ENUM, labels: actorSources(objects), mayNest: false }],
    scalar: (object, field) => {
      const names = scalarNames(object, field, enums.get(field)?.name)
      if (SCALARS[field.type].value !== 'uuid' || names.output === 'JSON') return names
      const isOwnId = object.key.length === 1 && object.key[0] === field.column.name
      return {
        ...names,
        output: field.joinOf === null ? names.output : 'ID',
        input: field.joinOf !== null || isOwnId ? 'ID' : names.input,
      }
    },
    part: (part) => {
      const graphql = part.isDocument === true ? DOCUMENT_PART : SCALARS[part.type].graphql
      return namesOf(graphql, PART_COLUMN, part.sql === 'enum' ? ACTOR_SOURCE_ENUM : undefined)
    },
    value: (type) => namesOf(graphqlOf(scalarTypeOf(type), type), type, undefined),
  }
}
