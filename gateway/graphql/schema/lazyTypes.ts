// The types of a schema on demand. graphile-build's own `getTypeByName` builds the fields of every type that
// it returns, and so all types that these name, in one recursion: 6,000 types for 300 objects. Here it
// returns a type whose fields are built when they are first read, and the fields of the root types one by
// one, so that a document pays for what it selects.

import { buildInflection, defaultPreset, getBuilder } from 'postgraphile/graphile-build'
import {
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLSchemaConfig,
  isInputObjectType,
  isNamedType,
  isObjectType,
  specifiedScalarTypes,
} from 'postgraphile/graphql'
import { type Compact, createCompact, type Field, type FieldMap } from './compact.ts'
import type { Describe } from './describe.ts'
import type { FieldConfig, Root, RootFields } from './plugins/rootFields.ts'

type Build = GraphileBuild.Build
type Builder = ReturnType<typeof getBuilder>

/** The stock plugins in use: the contract decides every other name, type and argument. */
const STOCK = ['QueryPlugin', 'MutationPlugin', 'SubscriptionPlugin']

const PRESET: GraphileConfig.Preset = {
  extends: [defaultPreset],
  disablePlugins: (defaultPreset.plugins ?? [])
    .map(({ name }) => name)
    .filter((name) => !STOCK.includes(name)),
  schema: { dontSwallowErrors: true },
}

const INFLECTION = buildInflection(PRESET)

/** The model already is the catalog, so there is no gather phase. */
const NOTHING_GATHERED: GraphileBuild.BuildInput = Object.create(null)

const SCHEMA_CONTEXT = { type: 'GraphQLSchema', scope: {} } as const

const ROOTS: readonly (readonly [scope: string, root: Root])[] = [
  ['isRootQuery', 'query'],
  ['isRootMutation', 'mutation'],
  ['isRootSubscription', 'subscription'],
]

const rootOf = (scope: object): Root | undefined =>
  ROOTS.find(([key]) => Reflect.get(scope, key) === true)?.[1]

interface LazyTypesOptions {
  readonly plugins: readonly GraphileConfig.Plugin[]
  /** In the order of their fields. */
  readonly rootFields: readonly RootFields[]
  readonly describe: Describe
  /** A type was made; its fields are built when they are first read. */
  readonly onType: (type: GraphQLNamedType) => void
  /** The fields of a type, or a field of a root, were built. */
  readonly onFields: () => void
}

export interface LazyTypes {
  /** Of types that can be made. */
  readonly names: ReadonlySet<string>
  readonly typeOf: (name: string) => GraphQLNamedType | undefined
  /** Of the schema: its root types. */
  readonly config: Partial<GraphQLSchemaConfig>
}

const BUILT_IN: ReadonlyMap<string, GraphQLNamedType> = new Map(
  specifiedScalarTypes.map((type) => [type.name, type]),
)

/** Fields that are made when they are first read, each once. */
const madeWhenRead = <Config>(
  configs: Iterable<readonly [name: string, config: Config]>,
  make: (name: string, config: Config) => Field,
): FieldMap => {
  const fields = Object.create(null)
  for (const [name, config] of configs)
    Object.defineProperty(fields, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = make(name, config)
        Object.defineProperty(fields, name, { enumerable: true, configurable: true, value })
        return value
      },
    })
  return fields
}

/** Keeps the names of the types that plugins register, and refuses invalid ones. */
const recordNames = (build: Pick<Build, 'assertValidName'>, names: Set<string>): void => {
  const kinds = ['registerObjectType', 'registerInputObjectType', 'registerEnumType', 'registerScalarType']
  for (const kind of kinds) {
    const register: unknown = Reflect.get(build, kind)
    if (typeof register !== 'function') throw new Error(`graphile-build has no ${kind}.`)
    const recording = (name: string, ...rest: readonly unknown[]): unknown => {
      names.add(build.assertValidName(name, 'The type name $0 is invalid.'))
      return Reflect.apply(register, build, [name, ...rest])
    }
    Reflect.set(build, kind, recording)
  }
}

/** The builder's own call, whose types name no kind of type that we have. */
const newType = (builder: Builder, build: Build, ...rest: readonly unknown[]): GraphQLNamedType => {
  const type: unknown = Reflect.apply(builder.newWithHooks, builder, [build, ...rest])
  if (!isNamedType(type)) throw new Error('graphile-build made no type.')
  // The function that would find them later holds the whole build.
  if (isObjectType(type)) type.getInterfaces()
  return type
}

/** The fields of the root types by name; two plugins that add the same name are an error. */
const listRootFields = (build: Build, root: Root, plugins: readonly RootFields[]) => {
  const fields = new Map<string, () => FieldConfig>()
  for (const fieldsOf of plugins) {
    const added = new Map(fieldsOf(build, root, (name) => fields.has(name)))
    for (const [name, make] of added) {
      build.assertValidName(name, 'The field name $0 is invalid.')
      if (fields.has(name)) throw new Error(`The ${root} has two fields ${name}.`)
      fields.set(name, make)
    }
  }
  return fields
}

type Finish = Pick<LazyTypesOptions, 'describe' | 'onFields'> & { readonly compact: Compact }

/** Describes and compacts fields when they are first read. */
const finishFields = (type: GraphQLNamedType, { describe, compact, onFields }: Finish): void => {
  if (!isObjectType(type) && !isInputObjectType(type)) return
  const define: unknown = Reflect.get(type, '_fields')
  if (typeof define !== 'function') throw new Error(`The fields of ${type.name} were built too early.`)
  Reflect.set(type, '_fields', () => {
    const fields: FieldMap = define()
    describe.fields(type.name, Object.values(fields))
    onFields()
    return compact.fields(fields)
  })
}

/** The fields of a root type, each made when it is first read. */
const rootFieldsOf = (
  listed: ReadonlyMap<string, () => FieldConfig>,
  make: (name: string, config: () => FieldConfig) => GraphQLNamedType,
): FieldMap =>
  madeWhenRead(listed, (name, config) => {
    const part = make(name, config)
    const field = isObjectType(part) ? part.getFields()[name] : undefined
    if (field === undefined) throw new Error(`graphile-build made no field ${name}.`)
    return field
  })

export const createLazyTypes = (options: LazyTypesOptions): LazyTypes => {
  const { plugins, rootFields, describe, onType, onFields } = options
  const made = new Map(BUILT_IN)
  const names = new Set(BUILT_IN.keys())
  const compact = createCompact()
  const finish = { describe, compact, onFields }
  const typeOf = (name: string): GraphQLNamedType | undefined => {
    const known = made.get(name)
    const meta = known === undefined ? build.getTypeMetaByName(name) : null
    if (meta === null) return known
    const { Constructor, scope, specGenerator } = meta
    const type = newType(builder, build, Constructor, { ...specGenerator(), name }, scope)
    made.set(name, type)
    describe.type(type)
    compact.type(type)
    const root = rootOf(scope)
    if (root === undefined) finishFields(type, finish)
    else
      Reflect.set(type, '_fields', rootFieldsOf(listRootFields(build, root, rootFields), rootFieldOf(name)))
    onType(type)
    return type
  }
  /** A type with one of the root's fields, under the name of the whole. */
  const rootFieldOf =
    (typeName: string) =>
    (name: string, config: () => FieldConfig): GraphQLNamedType => {
      const fields = () => ({ [name]: config() })
      const part = newType(builder, build, GraphQLObjectType, { name: typeName, fields }, {})
      finishFields(part, finish)
      return part
    }
  const lazy: GraphileConfig.Plugin = {
    name: 'TenantryLazyTypesPlugin',
    version: '1.0.0',
    schema: {
      hooks: {
        build: (of) => {
          Reflect.set(of, 'getTypeByName', typeOf)
          recordNames(of, names)
          return of
        },
      },
    },
  }
  const builder = getBuilder({ extends: [PRESET], plugins: [lazy, ...plugins] }, INFLECTION)
  const build = builder.initBuild(builder.createBuild(NOTHING_GATHERED))
  return { names, typeOf, config: builder.applyHooks('GraphQLSchema', {}, build, SCHEMA_CONTEXT) }
}
