// The types of a schema on demand. graphile-build's own `getTypeByName` builds the fields of every type that
// it returns, and so all types that these name, in one recursion: 6,000 types for 300 objects. Here it
// returns a type whose fields are built when they are first read, and the fields of the root types one by
// one, so that a document pays for what it selects.

import { buildInflection, defaultPreset, getBuilder } from 'postgraphile/graphile-build'
import {
  type GraphQLNamedType,
  GraphQLObjectType,
  isInputObjectType,
  isNamedType,
  isObjectType,
  specifiedScalarTypes,
} from 'postgraphile/graphql'
import type { Slices } from '../../../tenants/model/read/slices.ts'
import { type Compact, createCompact, type Field, type FieldMap } from './compact.ts'
import type { Describe } from './describe.ts'
import type { FieldConfig, Root, RootFields } from './plugins/rootFields.ts'
import { createTypeRegistry } from './typeRegistry.ts'

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

const ROOTS: readonly (readonly [name: string, root: Root])[] = [
  ['Query', 'query'],
  ['Mutation', 'mutation'],
  ['Subscription', 'subscription'],
]

const ROOT_BY_NAME: ReadonlyMap<string, Root> = new Map(ROOTS)

interface LazyTypesOptions {
  readonly plugins: readonly GraphileConfig.Plugin[]
  /** In the order of their fields. */
  readonly rootFields: readonly RootFields[]
  readonly describe: Describe
  /** A type was made; its fields are built when they are first read. */
  readonly onType: (type: GraphQLNamedType) => void
  /** The fields of a type, or a field of a root, were built. */
  readonly onFields: () => void
  readonly slices: Slices
}

export interface LazyTypes {
  /** Of types that can be made. */
  readonly names: ReadonlySet<string>
  readonly typeOf: (name: string) => GraphQLNamedType | undefined
  /** Root types with fields. */
  readonly roots: Readonly<Partial<Record<Root, GraphQLObjectType>>>
}

const BUILT_IN: ReadonlyMap<string, GraphQLNamedType> = new Map(
  specifiedScalarTypes.map((type) => [type.name, type]),
)

/**
 * Fields that are made when they are first read, each once. A proxy: to define thousands of accessors on one
 * object takes as long as everything else of a compilation.
 */
const madeWhenRead = <Config>(
  configs: ReadonlyMap<string, Config>,
  make: (name: string, config: Config) => Field,
): FieldMap => {
  const made = new Map<string, Field>()
  const fieldOf = (name: string | symbol): Field | undefined => {
    const config = typeof name === 'string' ? configs.get(name) : undefined
    if (typeof name !== 'string' || config === undefined) return undefined
    const field = made.get(name) ?? make(name, config)
    made.set(name, field)
    return field
  }
  return new Proxy<FieldMap>(Object.create(null), {
    get: (_, name) => fieldOf(name),
    has: (_, name) => typeof name === 'string' && configs.has(name),
    ownKeys: () => [...configs.keys()],
    // To list the names makes no field.
    getOwnPropertyDescriptor: (_, name) =>
      typeof name === 'string' && configs.has(name)
        ? { enumerable: true, configurable: true, get: () => fieldOf(name) }
        : undefined,
  })
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

/** Changes a build before other plugins see it. */
const pluginOf = (
  change: (build: Partial<Build> & GraphileBuild.BuildBase) => void,
): GraphileConfig.Plugin => ({
  name: 'TenantryLazyTypesPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      build: (of) => {
        change(of)
        return of
      },
    },
  },
})

export const createLazyTypes = async (options: LazyTypesOptions): Promise<LazyTypes> => {
  const { slices, plugins, rootFields, describe, onType, onFields } = options
  const made = new Map(BUILT_IN)
  const registry = createTypeRegistry()
  const roots: Partial<Record<Root, GraphQLObjectType>> = {}
  const rootSizes = new Map<string, number>()
  const compact = createCompact()
  const finish = { describe, compact, onFields }
  const typeOf = (name: string): GraphQLNamedType | undefined => {
    const known = made.get(name)
    const registered = known === undefined ? registry.find(name) : undefined
    if (registered === undefined) return known
    const { Constructor, scope, specify } = registered
    const type = newType(builder, build, Constructor, { ...specify(), name }, scope)
    made.set(name, type)
    describe.type(type)
    compact.type(type)
    const root = ROOT_BY_NAME.get(name)
    if (root === undefined) finishFields(type, finish)
    else {
      const listed = listRootFields(build, root, rootFields)
      Reflect.set(type, '_fields', rootFieldsOf(listed, rootFieldOf(name)))
      rootSizes.set(name, listed.size)
      // GraphQL does not allow a type without fields.
      if (listed.size > 0 && isObjectType(type)) roots[root] = type
    }
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
  const lazy = pluginOf((of) => {
    Reflect.set(of, 'getTypeByName', typeOf)
    registry.replaceIn(of)
  })
  const builder = getBuilder({ extends: [PRESET], plugins: [lazy, ...plugins] }, INFLECTION)
  const build = builder.initBuild(builder.createBuild(NOTHING_GATHERED))
  await slices.spend(registry.names.size)
  for (const [name] of ROOTS) {
    typeOf(name)
    await slices.spend(rootSizes.get(name) ?? 0)
  }
  slices.end()
  return { names: registry.names, typeOf, roots }
}
